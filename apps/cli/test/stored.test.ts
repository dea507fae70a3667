/** A gateway that stores dates only with milliseconds: the reports and exit codes. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { reportOf, run, start } from './cli.ts'
import { useEmulator } from './fixture.ts'

const COLUMNS = [
  { name: 'code', type: 'text' },
  { name: 'seen', type: 'timestamp' },
]
const SENT = '2024-05-01T12:00:00.123456Z'
const STORED = '2024-05-01T12:00:00.123Z'
const DIFFERENCE = `column "seen" was sent as "${SENT}" and stored as "${STORED}"`

const { emulator, env, folder } = await useEmulator({
  tables: ['visits', 'copy'].map((name) => ({ name, columns: COLUMNS })),
})

beforeEach(() => emulator.setDialect({ timestampPrecision: 'milliseconds' }))

async function fileOf(rows: readonly string[]): Promise<string> {
  const file = join(folder, 'visits.csv')
  await writeFile(file, `code,seen\n${rows.join('\n')}\n`)
  return file
}

const MIXED = [`a,${SENT}`, 'b,2024-05-01T12:00:00Z', `c,${SENT}`]

describe('single records', () => {
  const data = JSON.stringify({ code: 'a', seen: SENT })

  it('are reported with the sent and the stored value', async () => {
    const insert = await run(['records', 'insert', 'visits', '--data', data], env)
    expect(insert.code, insert.stderr).toBe(9)
    expect(insert.stderr).toContain(`row 1: ${DIFFERENCE}`)
    expect(insert.stderr).toContain('1 stored differently')
    const [id] = emulator.tables.records('visits').map((record) => record.id)
    expect(insert.stdout).toBe(`${id}\n`)
    const set = ['--set', `seen=${SENT}`, '--id', String(id), '--yes']
    const update = await run(['records', 'update', 'visits', ...set], env)
    expect(update).toMatchObject({ code: 9 })
    expect(update.stderr).toContain(`record ${id}: ${DIFFERENCE}`)
    const key = ['--key', 'code', '--yes', '--accept-stored', '--data', data]
    expect(await run(['records', 'upsert', 'visits', ...key], env)).toMatchObject({ code: 0 })
  })

  it('are part of an outcome as JSON', async () => {
    const args = ['records', 'insert', 'visits', '--data', data, '--accept-stored', '--json']
    const { code, stdout } = await run(args, env)
    expect(code).toBe(0)
    const stored = [{ column: 'seen', sent: SENT, stored: STORED }]
    expect(JSON.parse(stdout)).toMatchObject([{ status: 'ok', change: 'inserted', stored }])
  })
})

describe('an import', () => {
  it('lists such rows in a file next to the input, and exits with 9 unless they are accepted', async () => {
    const file = await fileOf(MIXED)
    const result = await run(['import', 'visits', file, '--json'], env)
    expect(result.code, result.stderr).toBe(9)
    expect(reportOf(result.stdout)).toMatchObject({ ok: 3, rejected: 0, storedOtherwise: 2 })
    expect(result.stderr).toContain('2 stored differently')
    expect((await readdir(folder)).filter((name) => name.startsWith('visits.'))).toEqual([
      'visits.csv',
      'visits.errors.ndjson',
    ])
    const errors = (await readFile(join(folder, 'visits.errors.ndjson'), 'utf8')).trim().split('\n')
    expect(errors.map((line) => JSON.parse(line))).toMatchObject([
      { line: 2, outcome: 'stored', code: 'STORED_OTHERWISE', column: 'seen', reason: DIFFERENCE },
      { line: 4, outcome: 'stored', stored: [{ column: 'seen', sent: SENT, stored: STORED }] },
    ])
    const accepted = await run(['import', 'visits', file, '--accept-stored', '-q'], env)
    expect(accepted, accepted.stderr).toMatchObject({ code: 0 })
    const rejected = await run(['import', 'visits', await fileOf([...MIXED, 'd,x']), '-q'], env)
    expect(rejected).toMatchObject({ code: 6 })
  })

  it('keeps them when it is killed, with the setting', { timeout: 60_000 }, async () => {
    const file = await fileOf(Array.from({ length: 200 }, (_, n) => `c${n},${SENT}`))
    emulator.faults.set([{ kind: 'latency', when: 'after', ms: 20, actions: ['INSERT'] }])
    const first = start(['import', 'visits', file, '--accept-stored', '-q'], env)
    while (emulator.tables.count('visits') < 80) await sleep(3)
    first.child.kill('SIGKILL')
    await first.result
    const resumed = await run(['jobs', 'resume', '--json', '-q'], env)
    const { ok, unknown, storedOtherwise } = reportOf(resumed.stdout)
    expect(ok + unknown).toBe(200)
    // Including those from before the kill.
    expect(storedOtherwise).toBe(ok)
    expect(resumed.code).toBe(unknown > 0 ? 7 : 0)
    const [job] = JSON.parse((await run(['jobs', 'list', '--json'], env)).stdout)
    const shown = await run(['jobs', 'show', job.id], env)
    expect(shown.stdout).toContain(`stored differently\t${storedOtherwise}`)
  })
})

describe('a sync', () => {
  it.each([
    ['by key', ['--key', 'code']],
    ['by whole records', []],
  ])('%s reports that nothing else differs', async (_, key) => {
    emulator.tables.insert('visits', [{ code: 'b', seen: '2020-01-01T00:00:00Z' }])
    const args = ['sync', await fileOf(MIXED), ':visits', ...key, '--delete', '--yes']
    const result = await run(args, env)
    expect(result.code, result.stderr).toBe(9)
    expect(result.stderr).toContain('only in values that the gateway stored differently')
    expect(result.stderr).toContain(DIFFERENCE)
    const accepted = await run([...args, '--accept-stored', '-q'], env)
    expect(accepted, accepted.stderr).toMatchObject({ code: 0 })
  })
})

describe('a restore', () => {
  it.each([[[]], [['--mode', 'replace', '--key', 'code']]])(
    'with %j says that nothing else differs',
    async (mode) => {
      emulator.setDialect({ timestampPrecision: 'microseconds' })
      emulator.tables.insert('visits', [
        { code: 'a', seen: SENT },
        { code: 'b', seen: STORED },
        { code: 'c', seen: SENT },
      ])
      const archive = join(folder, 'backup.zip')
      await run(['backup', 'visits', '-o', archive, '--versions', 'draft', '-q'], env)
      emulator.setDialect({ timestampPrecision: 'milliseconds' })
      if (mode.length > 0) emulator.tables.insert('copy', [{ code: 'x' }])
      const args = ['restore', archive, '--map', 'visits=copy', '--yes', ...mode]
      const result = await run([...args, '--json'], env)
      expect(result.code, result.stderr).toBe(9)
      expect(result.stderr).toContain(
        'read back: differs only in values that the gateway stored differently',
      )
      const { restored } = reportOf(result.stdout)
      expect(restored).toMatchObject([
        { storedOtherwise: 2, comparison: { missing: 2, missingStored: 2, extraStored: 2 } },
      ])
    },
  )
})
