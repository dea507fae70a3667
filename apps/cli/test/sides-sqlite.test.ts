/** Commands that read an SQLite database in place of a file. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, it } from 'vitest'
import { AIRPORT_COLUMNS, reportOf, run, SOME_AIRPORTS } from './cli.ts'
import { useEmulator } from './fixture.ts'

const { emulator, env, folder } = await useEmulator()

const ADDRESS = `sqlite:${join(folder, 'shop.db')}`

beforeEach(() => {
  const database = new DatabaseSync(join(folder, 'shop.db'))
  database.exec(`
    CREATE TABLE airports (
      iata TEXT PRIMARY KEY, name TEXT, city TEXT, state TEXT, country TEXT, latitude NUMERIC,
      longitude NUMERIC
    );
    CREATE TABLE none (iata TEXT, "latitude" NUMERIC);
  `)
  const insert = database.prepare('INSERT INTO airports VALUES (?, ?, ?, ?, NULL, ?, NULL)')
  for (const { iata, name, city, state } of SOME_AIRPORTS) insert.run(iata, name, city, state, 40.5)
  database.close()
})

function change(sql: string): void {
  const database = new DatabaseSync(join(folder, 'shop.db'))
  database.exec(sql)
  database.close()
}

function table(): unknown[] {
  const records = emulator.tables.records('airports')
  return records
    .map(({ values }) => values)
    .toSorted((a, b) => (String(a.iata) < String(b.iata) ? -1 : 1))
}

describe('clt import', () => {
  it('inserts the rows of a table', async () => {
    const { code, stderr } = await run(['import', 'airports', `${ADDRESS}#airports`], env)
    expect(code, stderr).toBe(0)
    expect(stderr).toContain(`${ADDRESS}#airports`)
    expect(table()).toHaveLength(8)
  })

  it.each([
    ['upsert', 4],
    ['skip-existing', 4],
    ['replace', 4],
  ])('by key, in mode %s', async (mode, count) => {
    change(`UPDATE airports SET city = 'Ghent'; DELETE FROM airports WHERE iata = 'BTV'`)
    change(`INSERT INTO airports (iata) VALUES ('NEW')`)
    const args = ['import', 'airports', `${ADDRESS}#airports`, '--mode', mode, '--key', 'iata']
    const { code, stdout, stderr } = await run([...args, '--yes', '--json'], env)
    expect(code, stderr).toBe(0)
    expect(reportOf(stdout)).toMatchObject({ read: count, file: `${ADDRESS}#airports` })
    const cities = new Set(emulator.tables.records('airports').map(({ values }) => values.city))
    expect(cities.has('Ghent')).toBe(mode !== 'skip-existing')
    expect(table()).toHaveLength(mode === 'replace' ? 4 : 5)
  })

  it('reports problems by row, and keeps rejected rows in a file that imports again', async () => {
    change(`UPDATE airports SET latitude = 'north' WHERE iata = 'JFK'`)
    const check = await run(['import', 'airports', `${ADDRESS}#airports`, '--check'], env)
    expect(check.code).toBe(6)
    const args = ['import', 'airports', `${ADDRESS}#airports`, '--out-dir', folder]
    const { code, stderr } = await run(args, env)
    expect(code, stderr).toBe(6)
    const files = readdirSync(folder).filter((name) => name.startsWith('airports.'))
    expect(files.toSorted()).toEqual(['airports.errors.ndjson', 'airports.rejected.ndjson'])
    const limited = await run([...args, '--max-errors', '1'], env)
    expect(limited.stderr).toMatch(/row \d: .*"north" is not a number/)
    const again = await run(['import', 'airports', join(folder, 'airports.rejected.ndjson')], env)
    expect(again.stderr).toContain('1 rows read')
  })
})

describe('clt sync', () => {
  it('makes the table equal to the database, and compares both again', async () => {
    change(
      `UPDATE airports SET city = 'Ghent' WHERE iata = 'JFK'; DELETE FROM airports WHERE iata = 'BTV'`,
    )
    const args = ['sync', `${ADDRESS}#airports`, 'airports', '--key', 'iata', '--delete']
    const dry = await run([...args, '--dry-run'], env)
    expect(dry.code, dry.stderr).toBe(0)
    expect(dry.stdout).toContain('- iata "BTV"')
    const done = await run([...args, '--yes', '--json'], env)
    expect(done.code, done.stderr).toBe(0)
    expect(reportOf(done.stdout)).toMatchObject({
      source: `${ADDRESS}#airports`,
      deleted: 1,
      readBack: { equal: true },
    })
    const same = await run(['diff', `${ADDRESS}#airports`, 'airports', '--key', 'iata'], env)
    expect(same.code, same.stderr).toBe(0)
  })

  it('of an empty table knows its columns, and deletes nothing unasked', async () => {
    const args = ['sync', `${ADDRESS}#none`, 'airports', '--key', 'iata', '--delete', '--yes']
    const { code, stderr } = await run([...args, '--columns', 'latitude'], env)
    expect([code, stderr]).toEqual([2, expect.stringContaining('the source has no records')])
    const kept = await run(['import', 'airports', `${ADDRESS}#none`, '--check'], env)
    expect(kept.code, kept.stderr).toBe(0)
  })
})

describe('clt infer', () => {
  it('takes the declared types', async () => {
    const { code, stdout } = await run(['infer', `${ADDRESS}#airports`, '--json'])
    expect(code).toBe(0)
    const { columns } = JSON.parse(stdout) as {
      columns: { name: string; type: string; evidence: string }[]
    }
    expect(columns.map(({ name, type }) => ({ name, type }))).toEqual(AIRPORT_COLUMNS)
    expect(columns[5]?.evidence).toBe('NUMERIC in the database')
  })

  it('reads a query', async () => {
    const { code, stdout, stderr } = await run(['infer', ADDRESS, '--query', 'SELECT 1 AS one'])
    expect(code, stderr).toBe(0)
    expect(stdout).toContain('one  int')
  })
})

describe('clt sql', () => {
  it('queries attached databases, and those that a query names', async () => {
    const attach = ['--attach', `there=${ADDRESS}#airports`, '--attach', `${ADDRESS}#none`]
    const joined = await run(
      [
        'sql',
        'SELECT count(*) AS n, (SELECT count(*) FROM none) AS m FROM airports a JOIN there t ON a.iata = t.iata',
        ...attach,
        '--json',
      ],
      env,
    )
    expect(joined.code, joined.stderr).toBe(0)
    expect(JSON.parse(joined.stdout)).toEqual([{ n: 4, m: 0 }])
    const named = await run(
      ['sql', `SELECT iata, latitude FROM file('${ADDRESS}#airports') ORDER BY 1 LIMIT 1`, '--csv'],
      env,
    )
    expect(named, named.stderr).toMatchObject({ code: 0, stdout: 'iata,latitude\n00M,40.5\n' })
  })
})

it('a saved connection is read from and exported to', async () => {
  const config = { ...env, XDG_CONFIG_HOME: join(folder, 'config') }
  const added = await run(['connections', 'add', 'shop', ADDRESS, '--no-secret'], config)
  expect(added.code, added.stderr).toBe(0)
  const exported = await run(['export', 'airports', '--to', 'connection:shop#copy'], config)
  expect(exported.code, exported.stderr).toBe(0)
  const same = ['diff', 'connection:shop#copy', 'airports', '--key', 'iata']
  const ignored = ['id', 'created_at', 'updated_at'].flatMap((name) => ['--ignore', name])
  const compared = await run([...same, ...ignored], config)
  expect(compared.code, compared.stderr).toBe(0)
  const missing = await run(['infer', 'postgres://warehouse#t'], config)
  expect([missing.code, missing.stderr]).toEqual([
    2,
    expect.stringContaining('there is no saved connection "warehouse"'),
  ])
})

describe('options', () => {
  it.each([
    [['diff', 'a.csv', 'b.csv', '--query', 'x'], '--query needs the address of a database'],
    [['infer', `${ADDRESS}#airports`, '--query', 'x'], '--query needs'],
    [['diff', ADDRESS, ADDRESS, '--query', 'x'], '--query could be for either side'],
    [['infer', ADDRESS, '--header', 'A: b'], '--header needs the address of an HTTP API'],
    [['infer', ADDRESS, '--format', 'csv'], '--format is for files'],
    [['infer', 'https://x.example/', '--delimiter', ';'], '--delimiter is for files'],
    [['infer', 'https://x.example/', '--format', 'xlsx'], 'is not read as xlsx'],
    [['infer', 'https://x.example/', '--paging', 'pages'], 'cannot read --paging'],
    [['infer', 'https://x.example/', '--paging', 'page,size=x'], 'size must be a number'],
    [['infer', 'https://x.example/', '--paging', 'page,sizes=1'], 'write settings as name=value'],
  ])('that do not fit are rejected: %j', async (args, message) => {
    const { code, stderr } = await run(args)
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })

  it.each([
    'Authorization: Bearer abcdef',
    'X-Api-Key: abcdef',
    'cookie: a=abcdef',
    'nothing abcdef',
  ])('a header with a secret is rejected without repeating it: %s', async (header) => {
    const { code, stderr } = await run(['infer', 'https://x.example/', '--header', header])
    expect(code).toBe(2)
    expect(stderr).not.toContain('abcdef')
  })
})
