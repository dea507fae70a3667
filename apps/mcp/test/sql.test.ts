import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Settings } from '../src/settings.ts'
import { makeFolder } from './fixture.ts'
import { type Caller, openCaller } from './session.ts'
import { describeTools, rowsOf } from './suite.ts'

describeTools('query_sql', (suite) => {
  it('groups, joins versions, accepts parameters, and states its sources', async () => {
    const { client } = suite
    const groups = await client.call('query_sql', {
      sql: 'select city, count(*) n from stores group by 1 order by n desc',
    })
    expect(groups.data).toMatchObject({
      columns: ['city', 'n'],
      rows: [
        ['Ghent', 40],
        ['Bruges', 20],
      ],
      ...{ returned: 2, total: 2, truncated: false },
      sources: [{ table: 'stores', version: 'DRAFT', complete: true, as_of: expect.any(String) }],
    })
    expect(groups.data.notice).toContain('data, not instructions')
    const missing = await client.call('query_sql', {
      sql: 'select count(*) from stores d left join live.stores l using (name) where l.id is null and d.open = :open',
      params: { open: true },
    })
    expect(missing.data).toMatchObject({ rows: [[30]] })
    expect(missing.data.sources).toMatchObject([{ version: 'DRAFT' }, { version: 'LIVE' }])
    const listed = await client.call('query_sql', {
      sql: 'select name from stores where rank in (?, ?) order by rank',
      params: '[3, 4]',
    })
    expect(rowsOf(listed)).toEqual([['Store 3'], ['Store 4']])
  })

  it('pages, cuts by tokens, and shows new records in a new query', async () => {
    const { client } = suite
    const query = { sql: 'select name from stores order by rank', max_rows: 25 }
    const names: unknown[] = []
    let cursor: unknown
    do {
      const page = await client.call(
        'query_sql',
        cursor === undefined ? query : { ...query, cursor },
      )
      expect(page.data.total).toBe(60)
      names.push(...rowsOf(page).map(([name]) => name))
      cursor = page.data.next_cursor
    } while (cursor !== undefined)
    expect(names).toEqual(Array.from({ length: 60 }, (_, n) => `Store ${n}`))
    const other = { sql: 'select rank from stores', max_rows: 25 }
    const first = await client.call('query_sql', query)
    const misused = await client.call('query_sql', { ...other, cursor: first.data.next_cursor })
    expect(misused.data.error).toMatchObject({ field: 'cursor' })

    const short = await client.call('query_sql', {
      ...{ sql: 'select name, name, name, name from stores', max_rows: 60, max_tokens: 500 },
    })
    expect(short.data).toMatchObject({ truncated: true })
    expect(short.data.notice).toContain('of 60 rows')

    await client.call('insert_records', { table: 'stores', records: [{ name: 'New' }] })
    const count = { sql: 'select count(*) from stores' }
    expect(rowsOf(await client.call('query_sql', { ...count, fresh: 'never' }))).toEqual([[60]])
    expect(rowsOf(await client.call('query_sql', { ...count, fresh: '1h' }))).toEqual([[60]])
    expect(rowsOf(await client.call('query_sql', count))).toEqual([[61]])
  })

  it('reports errors of a query, with suggestions', async () => {
    const wrong = async (args: Record<string, unknown>) =>
      (await suite.client.call('query_sql', args)).data.error
    expect(await wrong({ sql: 'select naem from stores' })).toMatchObject({
      ...{ code: 'INVALID_INPUT', field: 'sql', hint: 'Did you mean "name"?' },
    })
    expect(await wrong({ sql: 'selec 1' })).toMatchObject({ field: 'sql' })
    expect(await wrong({ sql: 'select ?' })).toMatchObject({ code: 'INVALID_INPUT' })
    expect(await wrong({ sql: 'select 1', fresh: 'soon' })).toMatchObject({ field: 'fresh' })
    expect(await wrong({ sql: 'select ?', params: [[1]] })).toMatchObject({ field: 'params' })
    expect(await wrong({ sql: 'select * from "prod:stores"' })).toMatchObject({ field: 'sql' })
  })
})

const SECRET = 'hidden-value-73'
const MASKED = 'masked-value-41'

/** SQL that tries to read hidden tables or columns. */
const TRIES = (table: string, column: string): string[] => [
  `select ${column} from leads`,
  `select leads.${column} from leads`,
  `select l."${column}" from leads as l`,
  `select [${column}] from leads`,
  `select \`${column}\` from leads`,
  `select upper(${column}) from draft.leads`,
  `select name from leads where ${column} like '%'`,
  `select name from leads order by ${column}`,
  `select count(*) from leads group by ${column}`,
  `select (select ${column} from leads limit 1)`,
  `with x as (select ${column} c from leads) select * from x`,
  `select * from leads a join leads b on a.${column} = b.${column}`,
  `select ${column} from live.leads`,
  `select * from ${table}`,
  `select * from "${table}"`,
  `select * from draft.${table}`,
  `select * from "${table}@draft"`,
  `select * from live.${table} union all select * from ${table}`,
  `select name from leads where exists (select 1 from ${table})`,
  `select * from (select * from ${table})`,
  'select * from sqlite_master',
  'select * from draft.sqlite_master',
  'select * from sqlite_schema',
  'select sql from main.sqlite_master',
  'select * from temp.sqlite_master',
  'select * from sqlite_sequence',
  'select * from dbstat',
  "select * from pragma_table_info('leads')",
  'select * from pragma_database_list()',
  'pragma table_info(leads)',
  'pragma database_list',
  'select * from __mirror_state',
  'select * from "__mirror_leads"',
  "attach '/etc/passwd' as x",
  'select load_extension(1)',
  "select readfile('/etc/passwd')",
  "select * from file('/etc/passwd')",
  'select 1; select 2',
  'vacuum',
  "update leads set name = 'x'",
  'delete from leads',
  'insert into leads (name) values (1)',
  'with x as (select 1) delete from leads',
]

describe('hidden data', () => {
  let emulator: Emulator
  const callers: Caller[] = []
  const state = makeFolder()

  beforeAll(async () => {
    emulator = await startEmulator({
      tables: [
        {
          name: 'leads',
          columns: [
            { name: 'name', type: 'text' },
            { name: 'email', type: 'text' },
            { name: 'phone', type: 'text' },
          ],
          records: [
            { name: 'Ann', email: SECRET, phone: MASKED },
            { name: 'Bob', email: 'x' },
          ],
        },
        {
          name: 'notes',
          columns: [{ name: 'note', type: 'text' }],
          records: [{ note: SECRET }],
        },
      ],
    })
  })

  afterEach(async () => {
    await Promise.all(callers.splice(0).map((caller) => caller.close()))
  })
  afterAll(() => emulator.close())

  function open(settings: Partial<Settings>): Caller {
    const caller = openCaller(emulator, settings, { XDG_STATE_HOME: state })
    callers.push(caller)
    return caller
  }

  it('cannot be read by any SQL, even if a mirror without rules exists', async () => {
    const all = await open({}).call('query_sql', { sql: 'select * from leads, notes' })
    expect(all.whole).toContain(SECRET)
    const limited = open({
      tables: ['leads'],
      hideColumns: ['*.email'],
      maskColumns: ['leads.phone'],
    })
    const shown = await limited.call('query_sql', { sql: 'select * from leads order by name' })
    expect(shown.data).toMatchObject({
      columns: ['id', 'created_at', 'updated_at', 'name', 'phone'],
      rows: [
        [expect.any(String), expect.any(String), expect.any(String), 'Ann', '[masked]'],
        [expect.any(String), expect.any(String), expect.any(String), 'Bob', '[masked]'],
      ],
    })
    for (const sql of TRIES('notes', 'email')) {
      for (const fresh of ['always', 'never']) {
        const answer = await limited.call('query_sql', { sql, fresh })
        expect({ sql, isError: answer.isError }).toEqual({ sql, isError: true })
        expect(answer.whole).not.toContain(SECRET)
        // The error quotes the query, but suggests no hidden names.
        if (!sql.includes('email')) expect(answer.whole).not.toContain('email')
      }
    }
    const near = await limited.call('query_sql', { sql: 'select emial from leads, note' })
    expect(near.whole).not.toMatch(/email|notes/)
  })

  it('is not used in comparisons and calculations if masked', async () => {
    const caller = open({ maskColumns: ['*.phone'] })
    for (const sql of [
      'select phone from leads',
      `select count(*) from leads where phone = '${MASKED}'`,
      'select max(phone), min(length(phone)) from leads',
      'select group_concat(phone) from leads',
      'select count(*) from leads where phone is null',
      "select json_object('p', phone) from leads",
    ]) {
      const { whole, isError } = await caller.call('query_sql', { sql })
      expect(isError).toBe(false)
      expect(whole).not.toContain(MASKED)
    }
    const nulls = { sql: 'select count(*) from leads where phone is null' }
    expect((await caller.call('query_sql', nulls)).data.rows).toEqual([[0]])
  })

  it('stays hidden when the rules change, or name unknown columns', async () => {
    await open({}).call('query_sql', { sql: 'select email from leads' })
    const limited = open({ hideColumns: ['leads.email'] })
    const never = { sql: 'select * from leads', fresh: 'never' }
    expect((await limited.call('query_sql', never)).whole).not.toContain(SECRET)
    const idle = open({ hideColumns: ['leads.emial'] })
    const { data } = await idle.call('query_sql', { sql: 'select name from leads' })
    expect(data.error).toMatchObject({ code: 'CONFIGURATION' })
  })

  it('is not available if only another tool is allowed', async () => {
    const { data } = await open({ tools: ['query_records'] }).call('query_sql', { sql: 'select 1' })
    expect(data.error).toMatchObject({ code: 'NOT_ALLOWED' })
  })

  it('does not reveal paths of the server', async () => {
    const caller = openCaller(emulator, {}, { XDG_STATE_HOME: '/dev/null/state' })
    callers.push(caller)
    const { data, whole } = await caller.call('query_sql', { sql: 'select 1 from leads' })
    expect(data.error).toMatchObject({ code: 'CONFIGURATION' })
    expect(whole).not.toContain('/dev/null')
    const write = await caller.call('insert_records', { table: 'leads', records: [{ name: 'x' }] })
    expect(write.data.error).toMatchObject({ code: 'CONFIGURATION' })
    expect(write.whole).not.toContain('/dev/null')
    expect(emulator.tables.count('leads')).toBe(2)
    expect(caller.log()).toContain('/dev/null')
  })
})
