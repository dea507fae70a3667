/** `clt backup` and `clt restore`, from one bot into another. */
import { once } from 'node:events'
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connectionTo, type Env, makeFolder, run, start } from './cli.ts'

const COLUMNS = [
  { name: 'code', type: 'text' },
  { name: 'name', type: 'text' },
  { name: 'size', type: 'numeric' },
  { name: 'more', type: 'jsonb' },
]
const NAMES = ['stores', 'Stores', 'a/b: "FAQ" 🎈']
const COUNT = 150

function records(table: string) {
  return Array.from({ length: COUNT }, (_, index) => ({
    // Some records are duplicates.
    code: `00${Math.floor(index / 1.25)}`,
    name: index % 3 === 0 ? '' : `line\n"${table}" 🎈`,
    size: index % 5 === 0 ? null : `${index % 7}.50`,
    more: { at: [index % 11, null] },
  }))
}

let from: Emulator
let into: Emulator
let folder: string
let remove: () => Promise<void>
let source: Env
let target: Env
let file: string
/** Created once; each test gets a copy. */
let made: { folder: string; remove: () => Promise<void> }

beforeAll(async () => {
  const tables = NAMES.map((name) => ({ name, columns: COLUMNS }))
  from = await startEmulator({ tables })
  into = await startEmulator({ tables })
  for (const name of NAMES) from.tables.insert(name, records(name))
  from.tables.insert('stores', [{ code: 'live' }], 'LIVE')
  made = await makeFolder()
  const { code, stderr } = await run(
    ['backup', '-o', join(made.folder, 'bot.zip')],
    connectionTo(from),
  )
  expect(stderr).toMatch(/backed up 3 tables \(DRAFT and LIVE\), 451 records/)
  expect(code).toBe(0)
})

afterAll(() => Promise.all([from.close(), into.close(), made.remove()]))

beforeEach(async () => {
  into.reset()
  from.faults.clear()
  ;({ folder, remove } = await makeFolder())
  const state = { XDG_STATE_HOME: join(folder, 'state') }
  source = { ...connectionTo(from), ...state }
  target = { ...connectionTo(into), ...state }
  file = join(folder, 'bot.zip')
  await copyFile(join(made.folder, 'bot.zip'), file)
})

afterEach(() => remove())

/** The records of a table, sorted. */
function contents(emulator: Emulator, table: string, version?: 'DRAFT' | 'LIVE'): string[] {
  return emulator.tables
    .records(table, version)
    .map(({ values }) => JSON.stringify(values))
    .toSorted()
}

function expectSame(): void {
  for (const name of NAMES) expect(contents(into, name)).toEqual(contents(from, name))
}

function events(stdout: string) {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

describe('clt backup', () => {
  it('saves all tables in both versions; the archive can be shown and verified', async () => {
    const shown = await run(['backup', 'show', file])
    expect(shown).toMatchObject({ code: 0 })
    expect(shown.stdout).toContain('stores\tLIVE\t1\ttrue\tcode text, name text')
    expect(JSON.parse((await run(['backup', 'show', file, '--json'])).stdout)).toMatchObject({
      formatVersion: 1,
      createdBy: expect.stringMatching(/^chatlayer-tables \d/),
    })
    const verified = await run(['backup', 'verify', file])
    expect(verified).toMatchObject({ code: 0, stdout: '' })
    expect(verified.stderr).toContain('is intact: 3 tables, 451 records')
  })

  it.each([
    ['--version live', ['--version', 'live'], [['stores', 'LIVE']]],
    [
      'a reference',
      ['Stores@draft', 'stores', '--live'],
      [
        ['stores', 'LIVE'],
        ['Stores', 'DRAFT'],
      ],
    ],
  ])('is limited by %s', async (_, args, taken) => {
    const { stdout, stderr } = await run(['backup', '-o', file, ...args, '--json', '-q'], source)
    expect(stderr).toBe('')
    const { tables } = events(stdout).at(-1)
    const holding = tables.filter(({ records: count }: { records: number }) => count > 0)
    expect(holding.map((table: Record<string, unknown>) => [table.table, table.version])).toEqual(
      taken,
    )
  })

  it('rejects missing arguments, unknown versions and unknown tables', async () => {
    expect(await run(['backup'], source)).toMatchObject({ code: 2 })
    expect(await run(['backup', '-o', file, '--versions', 'final'], source)).toMatchObject({
      code: 2,
    })
    const { code, stderr } = await run(['backup', 'strores', '-o', file], source)
    expect(code).toBe(3)
    expect(stderr).toContain('Did you mean "stores"?')
  })

  it.each(['SIGKILL', 'SIGINT'] as const)(
    'ended by %s leaves nothing under its name',
    async (signal) => {
      await rm(file)
      from.faults.set([{ kind: 'latency', ms: 100, operations: ['getTableData'] }])
      const { child, result } = start(['backup', '-o', file], source)
      while (!(await readdir(folder)).some((name) => name.endsWith('.partial'))) await pause(5)
      child.kill(signal)
      const { code } = await result
      expect(code).toBe(signal === 'SIGINT' ? 130 : null)
      const names = await readdir(folder)
      expect(names).not.toContain('bot.zip')
      if (signal === 'SIGINT') expect(names).toEqual([])
    },
  )

  it('reports a damaged archive, and does not restore it', async () => {
    const bytes = await readFile(file)
    bytes[Math.floor(bytes.length / 2)] = 255 - (bytes[Math.floor(bytes.length / 2)] ?? 0)
    await writeFile(file, bytes)
    const { code, stdout, stderr } = await run(['backup', 'verify', file])
    expect(code).toBe(2)
    expect(stdout).toMatch(/records\/000\d-.*\.ndjson/)
    expect(stderr).toContain('is damaged')
    const reported = events((await run(['backup', 'verify', file, '--json'])).stdout)
    expect(reported.at(-1)).toMatchObject({ event: 'end', ok: false })
    expect(reported[0]).toMatchObject({ event: 'problem', place: expect.any(String) })
    const refused = await run(['restore', file], target)
    expect(refused).toMatchObject({ code: 2 })
    expect(refused.stderr).toContain('is damaged; nothing was written')
    expect(into.tables.count('stores')).toBe(0)
  })
})

describe('clt restore', () => {
  it('writes the same records to another bot, and reports the comparison', async () => {
    const { code, stdout, stderr } = await run(['restore', file], target)
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr.match(/read back: equal to the backup/g)).toHaveLength(3)
    expectSame()
    expect(into.tables.count('stores', 'LIVE')).toBe(0)
    const live = await run(['restore', file, 'stores@live', '--json'], target)
    expect(events(live.stdout).map(({ event }) => event)).toEqual(['start', 'restored', 'end'])
    expect(events(live.stdout).at(-1)).toMatchObject({ finished: true, parts: 1 })
    expect(contents(into, 'stores', 'LIVE')).toEqual(contents(from, 'stores', 'LIVE'))
  })

  it('writes to LIVE only if the command line requests it', async () => {
    const env = { ...target, CHATLAYER_TABLE_VERSION: 'LIVE' }
    expect(await run(['restore', file], env)).toMatchObject({ code: 2 })
    expect(await run(['restore', file, 'Stores@draft', '--into', 'live'], env)).toMatchObject({
      code: 0,
    })
    expect(contents(into, 'Stores', 'LIVE')).toEqual(contents(from, 'Stores'))
  })

  it('reports all problems, and what it would do', async () => {
    into.tables.drop('Stores')
    into.tables.insert('stores', [{ code: 'mine' }])
    const refused = await run(['restore', file], target)
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toMatch(/"Stores": the bot has no table .*code \(text\), name \(text\)/)
    expect(refused.stderr).toMatch(/"stores": .* holds 1 record\. Pass --mode append/)
    expect(refused.stderr).toContain('cannot be restored: 2 problems; nothing was written')

    const args = ['restore', file, 'stores', '--mode', 'replace']
    expect((await run(args, target)).stderr).toContain('there is no terminal')
    const planned = await run([...args, '--dry-run', '--json'], target)
    expect(events(planned.stdout)).toMatchObject([
      { event: 'plan', tables: [{ table: 'stores', inserts: COUNT, deletes: 1, refused: 0 }] },
    ])
    expect(into.tables.count('stores')).toBe(1)
    expect(await run([...args, '--yes'], target)).toMatchObject({ code: 0 })
    expect(contents(into, 'stores')).toEqual(contents(from, 'stores'))
  })

  it('restores to a table and a column of other names', async () => {
    into.tables.create({
      name: 'shops',
      columns: COLUMNS.map(({ name, type }) => ({ name: name === 'code' ? 'key' : name, type })),
    })
    const { code, stderr } = await run(
      ['restore', file, 'stores', '--map', 'stores=shops', '--map', 'stores.code=key'],
      target,
    )
    expect(code, stderr).toBe(0)
    expect(contents(into, 'shops')).toEqual(
      contents(from, 'stores').map((text) => text.replace('"code":', '"key":')),
    )
  })

  it('saves rejected records to separate files', async () => {
    into.faults.set([{ kind: 'status', status: 422, actions: ['INSERT'], times: 2 }])
    const { code, stderr, stdout } = await run(['restore', file, 'stores', '--json'], target)
    expect(code).toBe(6)
    expect(stderr).toContain('2 rejected')
    expect(stderr).toContain('read back: NOT equal to the backup')
    expect(events(stdout).filter(({ event }) => event === 'problem')).toHaveLength(2)
    expect(await readdir(folder)).toEqual([
      'bot.0001-stores.draft.errors.ndjson',
      'bot.0001-stores.draft.rejected.ndjson',
      'bot.zip',
      'state',
    ])
  })
})

describe('an interrupted restore', () => {
  /** Kills the restore at each number of records in the target, and resumes it until it is done. */
  async function killed(args: readonly string[], steps: readonly number[]): Promise<void> {
    into.faults.set([{ kind: 'latency', when: 'after', ms: 20, actions: ['INSERT'] }])
    const total = (): number => NAMES.reduce((sum, name) => sum + into.tables.count(name), 0)
    let next: readonly string[] = ['restore', file, ...args]
    for (const step of steps) {
      const { child, result } = start([...next, '--json'], target)
      const closed = once(child, 'close')
      while (total() < step && child.exitCode === null) await pause(10)
      child.kill('SIGKILL')
      await closed
      expect((await result).code, `killed at ${step}`).toBeNull()
      next = ['jobs', 'resume']
    }
    into.faults.clear()
    const { code, stderr } = await run(next, target)
    expect(code, stderr).toBe(0)
  }

  it('continues after several SIGKILLs, with nothing lost or duplicated', async () => {
    await killed([], [30, COUNT + 20, 2 * COUNT + 50])
    expectSame()
    const jobs = JSON.parse((await run(['jobs', 'list', '--json'], target)).stdout)
    expect(jobs).toMatchObject([{ status: 'done', facts: { kind: 'restore' } }])
  })

  it('continues while it replaces', async () => {
    for (const name of NAMES) into.tables.insert(name, [{ code: 'old' }, { code: 'old' }])
    const [first = ''] = NAMES
    into.faults.set([{ kind: 'latency', when: 'after', ms: 150, actions: ['DELETE'] }])
    const { child, result } = start(['restore', file, '--mode', 'replace', '--yes'], target)
    while (into.tables.count(first) > 0) await pause(5)
    child.kill('SIGKILL')
    expect((await result).code).toBeNull()
    into.faults.clear()
    const { code, stderr } = await run(['jobs', 'resume'], target)
    expect(code, stderr).toBe(0)
    expectSame()
  })

  it('stops cleanly on Ctrl-C, is listed, shown, resumed and removed', async () => {
    into.faults.set([{ kind: 'latency', when: 'after', ms: 20, actions: ['INSERT'] }])
    const { child, result } = start(['restore', file], target)
    while (into.tables.count('stores') < 50) await pause(10)
    child.kill('SIGINT')
    const { code, stderr } = await result
    expect(code).toBe(130)
    const [, job = ''] = /clt jobs resume (\w+)/.exec(stderr) ?? []
    const listed = (await run(['jobs', 'list'], target)).stdout.split('\n')[1]?.split('\t')
    expect(listed?.slice(0, 2)).toEqual([job, 'unfinished'])
    expect(listed?.slice(3, 5)).toEqual(['bot.zip', '3 tables'])
    const shown = await run(['jobs', 'show', job], target)
    expect(shown.stdout).toContain(`restore of\t${file}`)
    expect(shown.stdout).toMatch(
      /table\tstores \(DRAFT\) to stores \(DRAFT, .*\), append, 150 records/,
    )

    const bytes = await readFile(file)
    await writeFile(file, Buffer.concat([bytes, Buffer.from('x')]))
    const changed = await run(['jobs', 'resume', job], target)
    expect(changed).toMatchObject({ code: 2 })
    expect(changed.stderr).toMatch(
      /bot\.zip has changed since the job started: it has \d+ bytes, and had/,
    )
    await writeFile(file, bytes)
    const other = await run(['jobs', 'resume', job], { ...target, CHATLAYER_BOT_ID: 'other' })
    expect(other.stderr).toMatch(/bot was ".*" and is "other"/)

    into.faults.clear()
    expect(await run(['jobs', 'resume', job], target)).toMatchObject({ code: 0 })
    expectSame()
    expect(await run(['jobs', 'rm', '--done'], target)).toMatchObject({ code: 0 })
    expect(await readdir(join(folder, 'state', 'chatlayer-tables', 'jobs'))).toEqual([])
  })

  it('is not resumed for a table whose columns have changed', async () => {
    into.faults.set([{ kind: 'status', status: 403, actions: ['INSERT'] }])
    expect(await run(['restore', file], target)).toMatchObject({ code: 4 })
    into.faults.clear()
    into.tables.drop('Stores')
    const gone = await run(['jobs', 'resume'], target)
    expect(gone).toMatchObject({ code: 2 })
    expect(gone.stderr).toContain('the table "Stores" is gone')
  })
})

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
