/** Backups of an emulator's tables, and restores of them into another bot. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createClient, TableChangedError } from '@chatlayer-tables/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type BackupClient,
  createBackup,
  isComparedEqual,
  readBackup,
  restoreBackup,
  verifyBackup,
} from '../src/index.ts'
import { BackupSetup, contents, HARD_NAMES, HARD_RECORDS } from './backup-setup.ts'
import { unzip } from './unzip.ts'

let setup: BackupSetup

beforeEach(async () => {
  setup = await BackupSetup.start()
})

afterEach(() => setup[Symbol.asyncDispose]())

describe('a backup', () => {
  it('restored into another bot gives the same records, field by field', async () => {
    const file = await setup.backup()
    const report = await setup.restore(file, { versions: ['DRAFT', 'LIVE'] })
    expect(report).toMatchObject({ finished: true, stopped: undefined })
    expect(report.restored).toHaveLength(2 * HARD_NAMES.length)
    for (const { comparison } of report.restored) {
      expect(comparison && isComparedEqual(comparison)).toBe(true)
    }
    for (const name of HARD_NAMES) {
      for (const version of ['DRAFT', 'LIVE'] as const) {
        const before = contents(setup.from, name, version)
        expect(before).toHaveLength(version === 'LIVE' ? 1 : HARD_RECORDS.length)
        expect(contents(setup.into, name, version)).toEqual(before)
      }
    }
    expect(await setup.store.list()).toMatchObject([{ status: 'done', facts: { kind: 'restore' } }])
  })

  it('states its content and its bot, and no secret', async () => {
    const file = await setup.backup()
    const { manifest, tables } = await readBackup(file)
    const { url: origin, teamId, botId, token } = setup.from
    expect(manifest).toMatchObject({
      formatVersion: 1,
      createdBy: 'test 1',
      source: { origin, teamId, botId },
      consistent: true,
    })
    expect(tables.map(({ name }) => name)).toEqual(setup.from.tables.list().map(({ name }) => name))
    expect(tables[0]?.columns.map(({ type }) => type)).toContain('varchar')
    const bytes = await readFile(file, 'latin1')
    for (const secret of [token, token.split(':')[1] ?? token]) {
      expect(bytes.includes(secret)).toBe(false)
    }
  })

  it('keeps ids and times', async () => {
    const file = await setup.backup()
    const entries = await unzip(file)
    const [first] = setup.from.tables.records('Stores')
    const [stem] = [...entries.keys()].filter((name) => name.endsWith('-stores.draft.ndjson'))
    const [line = ''] = (entries.get(stem ?? '') ?? '').split('\n')
    const { id, createdAt, updatedAt } = first ?? {}
    expect(JSON.parse(line)).toMatchObject({ id, createdAt, updatedAt, values: { text: '' } })
  })

  it('has names that every file system takes', async () => {
    const file = await setup.backup()
    const names = [...(await unzip(file)).keys()]
    for (const name of names) expect(name).toMatch(/^(?:(?:tables|records)\/)?[a-z\d][a-z\d.-]*$/)
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length)
  })

  it('takes the tables and versions that are named', async () => {
    const { client } = setup
    const taken = await createBackup({
      client,
      file: setup.path('some.zip'),
      tables: [{ table: 'CON', version: 'LIVE' }, { table: '🎈' }],
      versions: ['DRAFT'],
      createdBy: 'test',
    })
    expect(taken.tables.map(({ table, version }) => [table, version])).toEqual([
      ['CON', 'LIVE'],
      ['🎈', 'DRAFT'],
    ])
    const missing = createBackup({
      client,
      file: setup.path('none.zip'),
      tables: [{ table: 'sotres' }],
      versions: ['DRAFT'],
      createdBy: 'test',
    })
    await expect(missing).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: 'Did you mean "Stores"?',
    })
    expect(await readdir(setup.folder)).toEqual(['some.zip'])
  })

  it('that fails or is interrupted leaves what was there before', async () => {
    const file = setup.path('bot.zip')
    await writeFile(file, 'older')
    const options = { client: setup.client, file, versions: ['DRAFT'] as const, createdBy: 'test' }
    setup.from.faults.set([{ kind: 'status', status: 403, operations: ['getTableData'] }])
    await expect(createBackup(options)).rejects.toMatchObject({ code: 'PERMISSION' })
    setup.from.faults.clear()
    const stop = new AbortController()
    const stopped = createBackup({
      ...options,
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('stopped')),
    })
    await expect(stopped).rejects.toThrow('stopped')
    expect(await readFile(file, 'utf8')).toBe('older')
    expect(await readdir(setup.folder)).toEqual(['bot.zip'])
  })

  it('reads a table that changes again, and says when it kept changing', async () => {
    const { from } = setup
    const file = setup.path('busy.zip')
    async function take(changes: number) {
      const changed: number[] = []
      const report = await createBackup({
        client: changing(setup.client, changes),
        file,
        tables: [{ table: 'CON' }],
        versions: ['DRAFT'],
        createdBy: 'test',
        pauseMs: 1,
        onChanged: ({ attempt }) => changed.push(attempt),
      })
      return { report, changed }
    }
    const twice = await take(2)
    expect(twice.changed).toEqual([1, 2])
    expect(twice.report).toMatchObject({ consistent: true, records: from.tables.count('CON') })
    const verified = await verifyBackup({ file })
    expect(verified).toMatchObject({ problems: [], records: twice.report.records })

    const always = await take(Number.POSITIVE_INFINITY)
    expect(always.changed).toEqual([1, 2, 3])
    expect(always.report).toMatchObject({ consistent: false, tables: [{ consistent: false }] })
    expect(await verifyBackup({ file })).toMatchObject({
      problems: [],
      manifest: { consistent: false },
    })
    const { notes } = await setup.plan(file)
    expect(notes).toEqual(['"CON" (DRAFT) kept changing while it was backed up'])
  })

  it('notices columns that change while it is made', async () => {
    const { client, from } = setup
    let isChanged = false
    const report = await createBackup({
      client,
      file: setup.path('columns.zip'),
      tables: [{ table: 'CON' }],
      versions: ['DRAFT'],
      createdBy: 'test',
      onProgress() {
        if (isChanged) return
        isChanged = true
        const { id } = from.tables.list().find(({ name }) => name === 'CON') ?? { id: '' }
        from.tables.drop(id)
      },
    }).catch((error: unknown) => error)
    expect(report).toMatchObject({ code: 'NOT_FOUND' })
  })
})

/** A client whose tables change this many times while they are read. */
function changing(client: BackupClient, times: number): BackupClient {
  let left = times
  return {
    connection: client.connection,
    tables: client.tables,
    table(nameOrId, options) {
      const handle = client.table(nameOrId, options)
      const unchanged = client.table(nameOrId, options)
      handle.records = (query, call) => {
        const read = unchanged.records(query, call)
        const pages = read.pages.bind(read)
        read.pages = async function* () {
          yield* pages()
          if (left-- > 0) throw new TableChangedError('the table kept changing')
        }
        return read
      }
      return handle
    },
  }
}

describe('a restore', () => {
  it('refuses tables that hold records, unless it is said what becomes of them', async () => {
    const file = await setup.backup()
    const { into } = setup
    into.tables.insert('stores', [{ text: 'mine' }])
    const refused = await setup.plan(file)
    expect(refused.problems).toMatchObject([
      {
        table: 'stores',
        fix: expect.stringMatching(/append.*upsert.*replace/),
        situation: { code: 'RESTORE_MODE_NEEDED' },
      },
    ])
    await expect(setup.restore(file)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    expect(into.tables.count('stores')).toBe(1)

    const tables = [{ table: 'stores' }]
    const added = await setup.restore(file, { tables, mode: 'append' })
    expect(added.restored).toMatchObject([{ inserted: HARD_RECORDS.length, deleted: 0 }])
    expect(into.tables.count('stores')).toBe(HARD_RECORDS.length + 1)
    const replaced = await setup.restore(file, { tables, mode: 'replace' })
    expect(replaced.restored).toMatchObject([
      { deleted: HARD_RECORDS.length + 1, comparison: { exact: true, extra: 0, missing: 0 } },
    ])
    expect(contents(into, 'stores')).toEqual(contents(setup.from, 'stores'))
  })

  it('reports everything that is in the way at once, with the nearest names', async () => {
    const file = await setup.backup()
    const { into } = setup
    for (const name of ['Stores', 'stores', 'CON']) into.tables.drop(name)
    into.tables.create({ name: 'store', columns: [{ name: 'text', type: 'text' }] })
    into.tables.create({
      name: 'CON',
      columns: [
        { name: 'txt', type: 'text' },
        { name: 'int', type: 'text' },
      ],
    })
    const { problems } = await setup.plan(file, { map: [['wrong', 'x']] })
    const reported = problems.map(({ reason, fix }) => `${reason} / ${fix}`).join('\n')
    expect(reported).toContain('a mapping names "wrong"')
    expect(reported).toMatch(
      /no table "Stores" .*text \(text\), int \(int\).*, or map "Stores" to "store"/,
    )
    expect(reported).toContain(
      'has no column "text" / Create it in the web app as text (text), or map "CON.text" to "txt".',
    )
    expect(reported).toContain('"int" of "CON" is text, and in the backup it is int')
    expect(reported).toContain('has no column "jsonb"')
    expect(contents(into, 'a/b\\c:d*?"<>|')).toEqual([])
  })

  it('goes to other tables, columns and versions', async () => {
    const file = await setup.backup()
    const { into, from } = setup
    into.tables.create({
      name: 'shops',
      columns: [
        { name: 'label', type: 'text' },
        { name: 'extra', type: 'int' },
        ...(from.tables.list()[0]?.columns.slice(1) ?? []),
      ],
    })
    const report = await setup.restore(file, {
      tables: [{ table: 'Stores', version: 'LIVE' }],
      into: 'DRAFT',
      map: [
        ['Stores', 'shops'],
        ['Stores.text', 'label'],
      ],
    })
    expect(report.restored).toMatchObject([
      { from: { version: 'LIVE' }, into: { table: 'shops', version: 'DRAFT' } },
    ])
    expect(into.tables.records('shops')).toMatchObject([
      { values: { label: 'live Stores', extra: null } },
    ])
    const clash = await setup.plan(file, {
      tables: [
        { table: 'CON', version: 'LIVE' },
        { table: 'CON', version: 'DRAFT' },
      ],
      into: 'LIVE',
    })
    expect(clash.problems).toMatchObject([
      { reason: expect.stringMatching(/are both restored into "CON" \(LIVE\)/) },
    ])
  })

  it('by key changes what differs, and deletes the rest only when it is to replace', async () => {
    const { client, into, target } = setup
    const rows = Array.from({ length: 50 }, (_, index) => ({ text: `c${index}`, int: index }))
    setup.from.tables.create({ name: 'keyed', columns: KEYED })
    into.tables.create({ name: 'keyed', columns: KEYED })
    await client.table('keyed').insertMany(rows)
    const file = setup.path('keyed.zip')
    await createBackup({
      client,
      file,
      tables: [{ table: 'keyed' }],
      versions: ['DRAFT'],
      createdBy: 't',
    })
    await target.table('keyed').insertMany([...rows.slice(0, 40), { text: 'mine', int: 0 }])
    await target.table('keyed').update({ text: 'c3' }, { int: 99 })

    const noKey = await setup.plan(file, { mode: 'upsert' })
    expect(noKey.problems).toMatchObject([{ reason: 'it has no key' }])
    const keys = [{ table: 'keyed', columns: ['text'] }]
    const upserted = await setup.restore(file, { mode: 'upsert', keys })
    expect(upserted.restored).toMatchObject([
      { inserted: 10, updated: 1, unchanged: 39, comparison: { exact: false, missing: 0 } },
    ])
    expect(into.tables.count('keyed')).toBe(51)
    const replaced = await setup.restore(file, { mode: 'replace', keys: [{ columns: ['text'] }] })
    expect(replaced.restored).toMatchObject([
      { inserted: 0, updated: 0, unchanged: 50, deleted: 1, comparison: { exact: true, extra: 0 } },
    ])
  })

  it('that is aborted before it writes leaves no job', async () => {
    const file = await setup.backup()
    for (const control of ['stop', 'signal'] as const) {
      const options = { [control]: AbortSignal.abort(new Error('ended')) }
      await expect(setup.restore(file, {}, options)).rejects.toThrow('ended')
      expect(await setup.store.list()).toEqual([])
    }
  })

  it('deletes nothing where records of the backup could not be written', async () => {
    const file = await setup.backup()
    setup.into.tables.insert('CON', [{ text: 'mine' }])
    const { url: baseUrl, token, teamId, botId } = setup.into
    // Under this dialect an empty text would be read as null.
    const dialect = { nullEncoding: 'empty' } as const
    await using client = createClient({ baseUrl, token, teamId, botId, dialect })
    const plan = await setup.plan(file, { tables: [{ table: 'CON' }], mode: 'replace' })
    const refused = restoreBackup({ client, store: setup.store, plan })
    await expect(refused).rejects.toThrow(/1 records of "CON" .* nothing was deleted/)
    expect(setup.into.tables.count('CON')).toBe(1)
    expect(await setup.store.list()).toEqual([])
  })
})

const KEYED = [
  { name: 'text', type: 'text' },
  { name: 'int', type: 'int' },
]
