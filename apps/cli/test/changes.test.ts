/** Writes are recorded, shown and undone. */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, it } from 'vitest'
import { AIRPORTS_FILE, checkNoSecret, reportOf, run, start, startProcess } from './cli.ts'
import { useEmulator } from './fixture.ts'

const { emulator, env, folder } = await useEmulator()
/** The first 300 airports. */
const file = join(folder, 'some.csv')

beforeEach(async () => {
  const lines = (await readFile(AIRPORTS_FILE, 'utf8')).split('\n')
  await writeFile(file, `${lines.slice(0, 301).join('\n')}\n`)
})

function values(version: 'DRAFT' | 'LIVE' = 'DRAFT'): string[] {
  const records = emulator.tables.records('airports', version)
  return records.map((record) => JSON.stringify(record.values)).toSorted()
}

/** Runs a command that writes. @returns the id to undo it, from its summary */
async function write(...args: string[]): Promise<string> {
  const { code, stderr } = await run(args, env)
  expect(code, stderr).toBe(0)
  return /undo with: clt changes undo (?:--job )?(\w+)\n/.exec(stderr)?.[1] ?? ''
}

async function undo(...args: string[]) {
  const result = await run(['changes', 'undo', ...args, '--yes', '--json'], env)
  return { ...result, report: JSON.parse(result.stdout.split('\n')[0] || '{}') }
}

async function list(...args: string[]) {
  const { code, stdout, stderr } = await run(['changes', 'list', ...args, '--json'], env)
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout)
}

/** 30 of the imported airports by condition, then 5. */
async function session() {
  const before = values()
  const imported = await write('import', 'airports', file, '--note', 'first light')
  const some = emulator.tables.records('airports').slice(100, 135)
  const codes = some.map((record) => record.values.iata)
  const updated = await write(
    ...['records', 'update', 'airports', '--where', `iata in (${codes.slice(0, 30)})`],
    ...['--set', 'city=Ghent', '--set', 'latitude=51', '--yes'],
  )
  const deleted = await write(
    ...['records', 'delete', 'airports', '--where', `iata in (${codes.slice(28, 33)})`, '--yes'],
  )
  return { before, imported, updated, deleted }
}

describe('a session of an import, an update of 30 and a delete of 5', () => {
  it('is undone one by one in reverse: the table is as it was, field by field', async () => {
    const { before, imported, updated, deleted } = await session()
    const listed = await list()
    expect(listed).toMatchObject([
      { id: deleted, command: 'records delete', counts: { deleted: 5 }, status: 'settled' },
      { id: updated, command: 'records update', counts: { updated: 30 }, tool: 'cli' },
      { job: imported, command: 'import', counts: { inserted: 300 }, note: 'first light' },
    ])
    for (const id of [deleted, updated, imported]) {
      const { code, report } = await undo(id)
      expect(code).toBe(0)
      expect(report.counts).toMatchObject({ conflicts: 0, gone: 0, rejected: 0 })
    }
    expect(values()).toEqual(before)
    expect((await list()).map((each: { undone: number }) => each.undone)).toEqual([
      ...[0, 0, 0],
      ...[5, 30, 300],
    ])
  })

  it('undone in the order of writing, has conflicts, which are reported and skipped', async () => {
    const { imported, updated, deleted } = await session()
    const first = await undo(imported)
    expect(first.code).toBe(6)
    expect(first.report.counts).toMatchObject({ total: 300, undone: 267, conflicts: 28, gone: 5 })
    expect(first.stderr).toMatch(
      /^conflict: record \S+: the record was changed since, in "city", "latitude"$/m,
    )
    expect(first.stderr).toContain('undid 267 of 300 records of')
    expect((await undo(updated)).report.counts).toMatchObject({ undone: 28, gone: 2 })
    expect((await undo(deleted)).report.counts).toMatchObject({ undone: 5 })
    // Two of them are as the update wrote them; with force they are undone as well.
    const rest = await undo(imported, '--force')
    expect(rest.report.counts).toMatchObject({ total: 33, undone: 33 })
    expect(values()).toHaveLength(4)
  })
})

describe('clt changes', () => {
  it('shows each record before and after, and pages', async () => {
    const id = await write(
      ...[
        'records',
        'update',
        'airports',
        '--where',
        'state = NY',
        '--set',
        'city=Gotham',
        '--yes',
      ],
    )
    const shown = await run(['changes', 'show', id.slice(0, 6)], env)
    expect(shown.code).toBe(0)
    expect(shown.stdout).toMatch(/^change set {2}\w+$/m)
    expect(shown.stdout).toMatch(/^~ [\da-f-]{36}\n {4}city {2}New York → Gotham$/m)
    const json = JSON.parse((await run(['changes', 'show', id, '--json'], env)).stdout)
    expect(json.records).toMatchObject([
      { seq: 1, change: 'updated', before: { city: 'New York' }, after: { city: 'Gotham' } },
    ])
    const all = await write('records', 'delete', 'airports', '--all', '--yes')
    const page = await run(['changes', 'show', all, '--limit', '3', '--offset', '1'], env)
    expect(page.stdout.match(/^- /gm)).toHaveLength(3)
    const first = await run(['changes', 'show', all, '--limit', '3'], env)
    expect(first.stderr).toContain('There are more changes. Pass --offset 3.')
  })

  it('lists by table, version, tool and time', async () => {
    const draft = await write('records', 'insert', 'airports', '--set', 'iata=AAA')
    const live = await write('records', 'insert', 'airports@live', '--set', 'iata=AAA')
    const ids = async (...args: string[]) => {
      const found: { id: string }[] = await list(...args)
      return found.map(({ id }) => id)
    }
    expect(await ids('--table', 'airports@draft', '--since', '1h')).toEqual([draft])
    expect(await ids('--tool', 'mcp')).toEqual([])
    expect(await ids('--until', '1h')).toEqual([])
    const { stdout } = await run(['changes', 'list'], env)
    expect(stdout.split('\n')[1]?.split('\t')).toEqual([
      ...[live, expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/), 'settled', 'cli'],
      ...['records insert', 'airports@live', '\\N', '1', '0', '0', '0', '\\N'],
    ])
    expect((await run(['changes', 'show', 'none'], env)).code).toBe(3)
  })

  it('undoes several in one command, and redoes them', async () => {
    const before = values()
    const inserted = await write('records', 'insert', 'airports', '--set', 'iata=AAA')
    const deleted = await write('records', 'delete', 'airports', '--all', '--yes')
    const { code, stderr } = await run(
      ['changes', 'undo', deleted, inserted, '--yes', '--note', 'all wrong'],
      env,
    )
    expect(code, stderr).toBe(0)
    expect(values()).toEqual(before)
    const [first, second] = [...stderr.matchAll(/redo with: clt changes undo (\w+)/g)]
    expect((await list())[0]).toMatchObject({ note: 'all wrong', undoes: inserted })
    await undo(String(second?.[1]), String(first?.[1]))
    expect(values()).toEqual([])
  })

  it('undoes a part, by record and by condition; a dry run writes nothing', async () => {
    const before = values()
    const id = await write('records', 'delete', 'airports', '--all', '--yes')
    const dry = await run(['changes', 'undo', id, '--where', 'state = NY', '--dry-run'], env)
    expect(dry).toMatchObject({ code: 0 })
    expect(dry.stdout).toMatch(/^\+ \(unknown ID\)\n {4}iata +JFK$/m)
    expect(dry.stderr).toContain('would undo 1 of 1 record of')
    expect(values()).toEqual([])
    await undo(id, '--where', 'state = NY')
    expect(values()).toHaveLength(1)
    const { records } = JSON.parse((await run(['changes', 'show', id, '--json'], env)).stdout)
    await undo(id, '--record', records[0].id)
    expect(values()).toHaveLength(2)
    await undo(id)
    expect(values()).toEqual(before)
    const again = await undo(id)
    expect(again).toMatchObject({ code: 0, report: { counts: { total: 0 } } })
  })

  it('asks, and is rejected without a terminal', async () => {
    const id = await write('records', 'insert', 'airports', '--set', 'iata=AAA')
    const { code, stderr } = await run(['changes', 'undo', id], env)
    expect(code).toBe(2)
    expect(stderr).toContain('--yes')
    expect(values()).toHaveLength(5)
  })

  it('undoes only on the connection and version of the change', async () => {
    const id = await write('records', 'insert', 'airports@live', '--set', 'iata=AAA')
    const other = { ...env, CHATLAYER_BOT_ID: 'another' }
    const refused = await run(['changes', 'undo', id, '--yes'], other)
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(/belongs to another connection: its bot is/)
    await undo(id)
    expect(values('LIVE')).toEqual([])
  })

  it('prunes old changes, also automatically', async () => {
    await write('records', 'insert', 'airports', '--set', 'iata=AAA')
    await write('records', 'insert', 'airports', '--set', 'iata=BBB')
    const short = { ...env, CHATLAYER_JOURNAL_DAYS: '0' }
    await run(['records', 'insert', 'airports', '--set', 'iata=CCC'], short)
    expect(await list()).toEqual([])
    await write('records', 'insert', 'airports', '--set', 'iata=DDD')
    const { stdout, stderr } = await run(['changes', 'prune', '--older-than', '0m', '--json'], env)
    expect(JSON.parse(stdout)).toMatchObject({ changeSets: 1 })
    expect(stderr).toContain('removed 1 change sets')
  })
})

describe('changes that are old only by the clock of this machine', () => {
  it('are kept, and pruned if that clock is trusted', async () => {
    const id = await write('records', 'insert', 'airports', '--set', 'iata=AAA')
    const path = join(folder, 'state', 'chatlayer-tables', 'journal', 'journal.sqlite')
    {
      using database = new DatabaseSync(path)
      database.prepare('UPDATE sets SET begun = begun - ?').run(400 * 86_400_000)
    }
    const careful = await run(['changes', 'prune'], env)
    expect(careful.stderr).toContain('removed 0 change sets')
    expect(careful.stderr).toContain("kept 1 that are old by this machine's clock")
    expect(await list()).toMatchObject([{ id }])
    const offline = { ...env, CHATLAYER_BASE_URL: 'http://127.0.0.1:9' }
    const trusting = await run(['changes', 'prune', '--local-clock'], offline)
    expect(trusting.stderr).toContain('removed 1 change sets')
    expect(trusting.stderr).not.toContain('kept')
    expect(await list()).toEqual([])
  })

  it('are dated by the gateway if there is a connection, otherwise by the journal', async () => {
    await write('records', 'insert', 'airports', '--set', 'iata=AAA')
    const path = join(folder, 'state', 'chatlayer-tables', 'journal', 'journal.sqlite')
    {
      using database = new DatabaseSync(path)
      const query = 'UPDATE sets SET begun = begun - ?1, gateway_begun = gateway_begun - ?1'
      database.prepare(query).run(400 * 86_400_000)
    }
    const offline = { ...env, CHATLAYER_BASE_URL: 'http://127.0.0.1:9' }
    for (const without of [offline, { XDG_STATE_HOME: env.XDG_STATE_HOME }]) {
      const kept = await run(['changes', 'prune'], without)
      expect(kept, kept.stderr).toMatchObject({ code: 0 })
      expect(kept.stderr).toContain('removed 0 change sets')
    }
    expect((await run(['changes', 'prune'], env)).stderr).toContain('removed 1 change sets')
  })
})

describe('the journal', () => {
  it('is private to its owner, and contains no secrets', async () => {
    const note = `sent with ${env.CHATLAYER_TOKEN}`
    await write('records', 'insert', 'airports', '--set', 'iata=AAA', '--note', note)
    expect((await list())[0].note).toBe('sent with [secret]')
    const journal = join(folder, 'state', 'chatlayer-tables', 'journal')
    expect((await stat(journal)).mode & 0o777).toBe(0o700)
    for (const name of await readdir(journal)) {
      const path = join(journal, name)
      if ((await stat(path)).isDirectory()) continue
      expect((await stat(path)).mode & 0o777).toBe(0o600)
      checkNoSecret(await readFile(path, 'latin1'), env)
    }
  })

  it('records a sync and a restore, with the reason', async () => {
    const sync = ['sync', 'airports@draft', 'airports@live', '--key', 'iata', '--yes']
    const synced = await write(...sync, '--note', 'opening day')
    const backup = join(folder, 'backup.zip')
    await run(['backup', '-o', backup, '--versions', 'draft'], env)
    const restore = ['restore', backup, '--versions', 'draft', '--mode', 'replace', '--yes']
    const restored = await write(...restore, '--note', 'as it was')
    expect(await list()).toMatchObject([
      { job: restored, command: 'restore', note: 'as it was' },
      { job: synced, command: 'sync', note: 'opening day' },
    ])
    emulator.reset()
    expect(await write(...sync, '--no-journal')).toBe('')
    expect(await write(...restore, '--no-journal')).toBe('')
    expect(await list()).toHaveLength(2)
  })

  it('records nothing if it is off', async () => {
    const insert = ['records', 'insert', 'airports', '--set', 'iata=AAA']
    const said = await run([...insert, '--no-journal'], env)
    expect(said).toMatchObject({ code: 0, stderr: expect.not.stringContaining('undo') })
    await run(insert, { ...env, CHATLAYER_JOURNAL: 'off' })
    expect(await list()).toEqual([])
  })

  it('omits redacted columns, and undo reports what it cannot restore', async () => {
    const redact = 'airports.city:drop, *.latitude:hash'
    const hiding = { ...env, CHATLAYER_JOURNAL_REDACT: redact }
    const before = values()
    const { stderr } = await run(['records', 'delete', 'airports', '--all', '--yes'], hiding)
    const id = /changes undo (\w+)/.exec(stderr)?.[1] ?? ''
    const shown = await run(['changes', 'show', id], env)
    expect(shown.stdout).toContain('city  not recorded')
    expect(shown.stdout).not.toContain('New York')
    expect(shown.stdout).not.toContain('40.63')
    const undone = await undo(id)
    expect(undone.code).toBe(6)
    expect(undone.report.counts).toMatchObject({ undone: 4, incomplete: 4 })
    expect(undone.stderr).toMatch(/^incomplete: record \S+: .*: "city", "latitude"$/m)
    expect(values()).toHaveLength(before.length)
    expect((await run(['tables', 'list'], { ...env, CHATLAYER_JOURNAL_REDACT: 'city' })).code).toBe(
      2,
    )
  })
})

describe('a killed import', () => {
  it('resumed as a job, has each record in one change set; undoing both undoes all', async () => {
    const before = values()
    emulator.faults.add({ kind: 'latency', ms: 30, when: 'before', actions: ['INSERT'] })
    emulator.faults.add({ kind: 'latency', ms: 30, when: 'after', actions: ['INSERT'] })
    const twice = join(folder, 'twice.csv')
    const [header, ...lines] = (await readFile(file, 'utf8')).trimEnd().split('\n')
    await writeFile(twice, `${[header, ...lines, ...lines.slice(0, 100)].join('\n')}\n`)
    const { child, result } = start(['import', 'airports', twice], env)
    while (emulator.tables.count('airports') < 150) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    child.kill('SIGKILL')
    await result
    emulator.faults.clear()
    const resumed = await run(['jobs', 'resume', '--json'], env)
    expect(reportOf(resumed.stdout)).toMatchObject({ ok: 400, unknown: 0, finished: true })
    expect(resumed.stderr).toContain('was interrupted; the outcome of its writes is now known')
    const [second, first] = await list()
    for (const { status, counts } of [first, second]) {
      expect(status).toBe('settled')
      expect(counts).toMatchObject({ open: 0, unknown: 0 })
    }
    expect(first.counts.inserted + second.counts.inserted).toBe(400)
    expect(emulator.tables.count('airports')).toBe(404)
    expect((await undo(second.id)).code).toBe(0)
    expect((await undo(first.id)).code).toBe(0)
    expect(values()).toEqual(before)
  })

  it('repeatedly, between writes of all kinds: a small run of the campaign', {
    timeout: 300_000,
  }, async () => {
    const path = '../../../scripts/campaigns/kill-journal.mjs'
    const campaign = fileURLToPath(new URL(path, import.meta.url))
    const args = [campaign, '--kills', '2', '--rows', '100', '--seed', '11']
    const { code, stdout, stderr } = await startProcess(process.execPath, args, {}, folder).result
    expect(code, `${stdout}${stderr}`).toBe(0)
    expect(stdout).toMatch(
      /2 kills in \d+ runs: .* 0 unresolved, 0 tables that differ from the start/,
    )
  })
})
