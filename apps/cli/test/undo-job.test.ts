/** An import, a sync or a restore in several runs is undone as a whole. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { AIRPORTS_FILE, reportOf, run, start } from './cli.ts'
import { AIRPORTS, useEmulator } from './fixture.ts'

const { emulator, env, folder } = await useEmulator({
  tables: [AIRPORTS, { ...AIRPORTS, name: 'harbours' }],
})
/** The first 600 airports. */
const file = join(folder, 'some.csv')

beforeEach(async () => {
  const lines = (await readFile(AIRPORTS_FILE, 'utf8')).split('\n')
  await writeFile(file, `${lines.slice(0, 601).join('\n')}\n`)
})

function values(table = 'airports', version: 'DRAFT' | 'LIVE' = 'LIVE'): string[] {
  const records = emulator.tables.records(table, version)
  return records.map((record) => JSON.stringify(record.values)).toSorted()
}

/** Starts a command and sends it a signal once a condition holds. */
async function interrupt(
  args: readonly string[],
  condition: () => boolean,
  signal: NodeJS.Signals = 'SIGINT',
) {
  const { child, result } = start(args, env)
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
  child.kill(signal)
  return await result
}

/** The arguments of the command that a closing line names. */
function closing(stderr: string, verb: 'undo' | 'redo'): string[] {
  const [, args = ''] = new RegExp(`^${verb} with: clt (.+)$`, 'm').exec(stderr) ?? []
  return args.split(' ')
}

async function json(...args: string[]) {
  const { code, stdout, stderr } = await run([...args, '--json'], env)
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout)
}

/** Imports 600 rows into LIVE in two runs, the first interrupted at a third. */
async function importInTwoRuns() {
  const before = values()
  emulator.faults.add({ kind: 'latency', ms: 20, actions: ['INSERT'] })
  const importing = ['import', 'airports@live', file, '--json', '--note', 'spring']
  const first = await interrupt(importing, () => values().length >= 200)
  expect(first.code, first.stderr).toBe(130)
  emulator.faults.clear()
  const { job } = reportOf(first.stdout)
  expect(closing(first.stderr, 'undo')).toEqual(['changes', 'undo', '--job', job])
  const resumed = await run(['jobs', 'resume'], env)
  expect(resumed.code, resumed.stderr).toBe(0)
  expect(values()).toHaveLength(before.length + 600)
  return { before, job, undo: closing(resumed.stderr, 'undo') }
}

describe('an import in two runs', () => {
  it('is undone by the command it prints, also after a kill, and redone', {
    timeout: 120_000,
  }, async () => {
    const { before, job, undo } = await importInTwoRuns()
    const whole = values()
    expect(undo).toEqual(['changes', 'undo', '--job', job])

    const dry = await run([...undo, '--dry-run'], env)
    expect(dry.stderr).toContain(
      `would undo 600 of 600 records of job ${job} (import) in "airports" (LIVE)`,
    )
    expect(values()).toEqual(whole)

    emulator.faults.add({ kind: 'latency', ms: 20, actions: ['DELETE'] })
    const left = () => values().length - before.length
    await interrupt([...undo, '--yes'], () => left() < 500, 'SIGKILL')
    const interrupted = await interrupt([...undo, '--yes'], () => left() < 200)
    expect(interrupted.code).toBe(130)
    expect(interrupted.stderr).toContain(`to continue: clt ${undo.join(' ')}`)
    emulator.faults.clear()
    expect(left()).toBeGreaterThan(0)

    const undone = await run([...undo, '--yes'], env)
    expect(undone.code, undone.stderr).toBe(0)
    expect(values()).toEqual(before)
    const nothing = await run([...undo, '--yes'], env)
    expect(nothing.code).toBe(0)
    expect(nothing.stderr).toContain(`there is nothing left to undo in job ${job}`)

    const redo = closing(undone.stderr, 'redo')
    expect(redo).toHaveLength(4)
    expect((await run([...redo, '--yes'], env)).code).toBe(0)
    expect(values()).toEqual(whole)
    const again = await run(['changes', 'undo', job.slice(0, 6), '--yes', '--json'], env)
    expect(JSON.parse(again.stdout)).toMatchObject({ job, counts: { total: 600, undone: 600 } })
    expect(values()).toEqual(before)
  })

  it('is shown with its change sets, and listed by its job', { timeout: 60_000 }, async () => {
    const { job } = await importInTwoRuns()
    const [second, first] = await json('changes', 'list', '--job', job.slice(0, 5))
    expect(second).toMatchObject({ job, command: 'jobs resume' })
    expect(first).toMatchObject({ job, command: 'import', note: 'spring' })
    expect(first.counts.inserted + second.counts.inserted).toBe(600)
    await run(['records', 'insert', 'airports', '--set', 'iata=AAA'], env)
    const listed = await run(['changes', 'list'], env)
    expect(listed.stdout.split('\n').map((line) => line.split('\t')[6])).toEqual([
      ...['job', '\\N', job, job, undefined],
    ])
    expect((await run(['changes', 'list', '--job', 'none'], env)).code).toBe(3)

    const shown = await run(['jobs', 'show', job], env)
    const lines = shown.stdout.split('\n').filter((line) => line.startsWith('change set'))
    expect(lines).toEqual([
      `change set\t${second.id} (jobs resume) in airports@live: ${second.counts.inserted} inserted; not undone`,
      `change set\t${first.id} (import) in airports@live: ${first.counts.inserted} inserted; not undone`,
    ])
    expect(shown.stderr).toContain(`undo with: clt changes undo --job ${job}`)
    expect((await run(['changes', 'show', first.id], env)).stdout).toMatch(
      new RegExp(`^job +${job}$`, 'm'),
    )

    await run(['changes', 'undo', second.id, '--yes'], env)
    const { id, changes } = await json('jobs', 'show', job)
    expect(id).toBe(job)
    expect(changes).toMatchObject([
      { id: second.id, undone: second.counts.inserted },
      { id: first.id, undone: 0 },
    ])
    const rest = await run(['changes', 'undo', '--job', job, '--yes', '--json'], env)
    expect(JSON.parse(rest.stdout)).toMatchObject({
      undoes: [first.id],
      counts: { undone: first.counts.inserted },
    })
    const done = await run(['jobs', 'show', job], env)
    expect(done.stdout).toContain('inserted; undone\n')
    expect(done.stderr).not.toContain('undo with')
  })
})

describe('a job', () => {
  it('that is unfinished is reported by undo, and a running one is not undone', {
    timeout: 60_000,
  }, async () => {
    emulator.faults.add({ kind: 'latency', ms: 400, actions: ['INSERT'] })
    const { child, result } = start(['import', 'airports@live', file, '--json'], env)
    while (values().length < 30) await new Promise((resolve) => setTimeout(resolve, 5))
    const [{ job }] = await json('changes', 'list')
    const refused = await run(['changes', 'undo', '--job', job, '--yes'], env)
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain(`job ${job} is running in another process`)
    child.kill('SIGINT')
    await result
    emulator.faults.clear()
    const undone = await run(['changes', 'undo', job, '--yes'], env)
    expect(undone.code, undone.stderr).toBe(0)
    expect(undone.stderr).toContain(`job ${job} is unfinished`)
    expect(values()).toEqual([])
  })

  it('that restores several tables, or syncs, is also undone as a whole', {
    timeout: 60_000,
  }, async () => {
    const backup = join(folder, 'backup.zip')
    await run(['backup', '-o', backup, '--versions', 'draft'], env)
    const args = ['--versions', 'draft', '--into', 'live', '--mode', 'replace', '--yes']
    const restored = await run(['restore', backup, ...args], env)
    expect(restored.code, restored.stderr).toBe(0)
    expect([values('airports'), values('harbours')].map(({ length }) => length)).toEqual([4, 4])
    const undone = await run([...closing(restored.stderr, 'undo'), '--yes'], env)
    expect(undone.code, undone.stderr).toBe(0)
    expect(undone.stderr).toMatch(/undid 8 of 8 records of job \w+ \(restore\) in 2 tables/)
    expect([values('airports'), values('harbours')]).toEqual([[], []])

    const sync = ['sync', 'airports@draft', 'airports@live', '--key', 'iata', '--yes']
    const synced = await run(sync, env)
    expect(values()).toHaveLength(4)
    expect((await run([...closing(synced.stderr, 'undo'), '--yes'], env)).code).toBe(0)
    expect(values()).toEqual([])
  })

  it('is specified by --job or an id; without a known one nothing is undone', async () => {
    const none = await run(['changes', 'undo', '--yes'], env)
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('--job') })
    const unknown = await run(['changes', 'undo', '--job', 'abc', '--yes'], env)
    expect(unknown.code).toBe(3)
    expect(unknown.stderr).toContain('there are no changes of a job "abc"')
    const neither = await run(['changes', 'undo', 'abc', '--yes'], env)
    expect(neither.code).toBe(3)
    expect(neither.stderr).toContain('there is no change set or job "abc"')
  })
})
