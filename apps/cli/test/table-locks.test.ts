/** Two processes of one machine that write to a table by key. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { reportOf, run, start } from './cli.ts'
import { useEmulator } from './fixture.ts'

const COLUMNS = [
  { name: 'code', type: 'text' },
  { name: 'name', type: 'text' },
]
const ROWS = Array.from({ length: 300 }, (_, n) => ({ code: `c${n}`, name: `name ${n}` }))
const WAITING = 'waiting: another process is writing to "stores" (DRAFT) by key'

const { emulator, env, folder } = await useEmulator({
  tables: [{ name: 'stores', columns: COLUMNS }],
})
const file = join(folder, 'stores.csv')

beforeEach(async () => {
  await writeFile(
    file,
    `code,name\n${ROWS.map(({ code, name }) => `${code},${name}`).join('\n')}\n`,
  )
  emulator.faults.set([{ kind: 'latency', ms: 10 }])
})

const IMPORT = ['--mode', 'upsert', '--key', 'code']

/** Starts a command that takes some seconds, and waits until it writes. */
async function begun(args: readonly string[]) {
  emulator.faults.set([{ kind: 'latency', ms: 150, actions: ['INSERT'] }])
  const first = start(args, env)
  first.child.stdin?.end()
  while (emulator.tables.count('stores') < 20 && first.child.exitCode === null) await sleep(3)
  return first
}

describe('a second import by key', () => {
  it('waits for the first, and finds its records', { timeout: 60_000 }, async () => {
    const args = ['import', 'stores', file, ...IMPORT, '--json']
    const [one, other] = await Promise.all([run(args, env), run(args, env)])
    expect([one.code, other.code], one.stderr + other.stderr).toEqual([0, 0])
    expect(emulator.tables.count('stores')).toBe(300)
    const reports = [one, other].map(({ stdout }) => reportOf(stdout))
    expect(reports.map(({ ok, unchanged }) => [ok, unchanged]).toSorted()).toEqual([
      [0, 300],
      [300, 0],
    ])
    expect(one.stderr + other.stderr).toContain(WAITING)
  })

  it('fails with --no-wait', { timeout: 60_000 }, async () => {
    const first = await begun(['import', 'stores', file, ...IMPORT])
    const second = await run(['import', 'stores', file, ...IMPORT, '--no-wait'], env)
    expect(second.code, second.stderr).toBe(8)
    expect(second.stderr).toContain('in use by another process')
    expect(await first.result).toMatchObject({ code: 0 })
    expect(emulator.tables.count('stores')).toBe(300)
    const jobs = JSON.parse((await run(['jobs', 'list', '--json'], env)).stdout)
    expect(jobs).toHaveLength(1)
  })

  it('can be interrupted while it waits', { timeout: 60_000 }, async () => {
    const first = await begun(['import', 'stores', file, ...IMPORT])
    // The second one may take a second to start.
    emulator.faults.set([{ kind: 'latency', ms: 400, actions: ['INSERT'] }])
    const second = start(['import', 'stores', file, ...IMPORT], env)
    let output = ''
    second.child.stderr?.on('data', (text: string) => {
      output += text
    })
    while (!output.includes('waiting') && second.child.exitCode === null) await sleep(5)
    second.child.kill('SIGINT')
    expect(await second.result).toMatchObject({ code: 130 })
    expect(await first.result).toMatchObject({ code: 0 })
  })
})

describe('while an import by key runs', () => {
  it('records upsert, sync and restore wait or fail', { timeout: 60_000 }, async () => {
    const archive = join(folder, 'backup.zip')
    emulator.tables.insert('stores', [{ code: 'old', name: 'old' }])
    await run(['backup', 'stores', '-o', archive, '--versions', 'draft', '-q'], env)
    const first = await begun(['import', 'stores', file, ...IMPORT])
    const row = JSON.stringify(ROWS[299])
    const others = [
      ['records', 'upsert', 'stores', '--key', 'code', '--data', row, '--yes'],
      ['sync', file, ':stores', '--key', 'code', '--yes'],
      ['restore', archive, '--mode', 'upsert', '--key', 'code', '--yes'],
    ]
    const ends = await Promise.all(others.map((args) => run([...args, '--no-wait'], env)))
    expect(ends.map(({ code }) => code)).toEqual([8, 8, 8])
    const upsert = await run(others[0] ?? [], env)
    expect(upsert.code, upsert.stderr).toBe(0)
    expect(upsert.stderr).toContain(WAITING)
    expect(await first.result).toMatchObject({ code: 0 })
    expect(emulator.tables.count('stores')).toBe(301)
  })
})

it('lists duplicate keys if the number of records is unexpected', async () => {
  const running = start(['import', 'stores', file, ...IMPORT, '--json'], env)
  running.child.stdin?.end()
  while (emulator.tables.count('stores') < 100) await sleep(3)
  // Another machine does not use the locks of this one.
  emulator.tables.insert('stores', [{ code: 'c1', name: 'twin' }])
  const { code, stderr, stdout } = await running.result
  expect(code, stderr).toBe(7)
  expect(stderr).toContain('the table holds 301 records, expected 300 (0 before)')
  expect(stderr).toMatch(/code "c1" \(line 3\): 2 records: /)
  const { heldTwice, finished, tableCount } = reportOf(stdout)
  expect(heldTwice).toMatchObject([{ key: { code: 'c1' }, line: 3, count: 2 }])
  expect({ finished, fits: tableCount.fits }).toEqual({ finished: true, fits: false })
})
