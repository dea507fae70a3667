/** The databases that a table is written to in tests: each with a database of its own. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { MYSQL_URL, makeMysqlDatabase } from '@chatlayer-tables/sources/test-mysql'
import { startPostgres } from '@chatlayer-tables/sources/test-postgres'
import pg from 'pg'
import { afterAll } from 'vitest'
import type { Env } from './cli.ts'

export type Row = Readonly<Record<string, string | null>>

export interface TestDatabase {
  readonly kind: 'postgres' | 'mysql' | 'sqlite'
  readonly env: Env
  /** The address of a table. */
  to(table: string): string
  /** All rows, sorted by id, every value as text in a form that is the same for every database. */
  rows(table: string): Promise<Row[]>
  run(sql: string): Promise<void>
}

const AS_TEXT = { getTypeParser: () => (text: string) => text } as pg.CustomTypesConfig

async function postgres(): Promise<TestDatabase> {
  const server = await startPostgres()
  const client = new pg.Client({ connectionString: server.url(), types: AS_TEXT })
  await client.connect()
  await client.query("set time zone 'UTC'")
  afterAll(async () => {
    await client.end()
    await server.end()
  })
  return {
    kind: 'postgres',
    env: {},
    to: (table) => `${server.url()}#${table}`,
    rows: async (table) => {
      const { rows } = await client.query<Row>(`select * from "${table}" order by id collate "C"`)
      return rows.map(normalized)
    },
    run: async (sql) => void (await client.query(sql)),
  }
}

function sqlite(folder: string): TestDatabase {
  const path = join(folder, 'target.db')
  const using = <T>(work: (database: DatabaseSync) => T): T => {
    const database = new DatabaseSync(path, { timeout: 10_000 })
    try {
      return work(database)
    } finally {
      database.close()
    }
  }
  return {
    kind: 'sqlite',
    env: {},
    to: (table) => `sqlite:${path}#${table}`,
    rows: async (table) =>
      using((database) => {
        const statement = database.prepare(`select * from "${table}" order by id`)
        statement.setReadBigInts(true)
        return statement.all().map((row) => normalized(row))
      }),
    run: async (sql) => using((database) => database.exec(sql)),
  }
}

async function mysql(): Promise<TestDatabase> {
  const database = await makeMysqlDatabase()
  afterAll(() => database[Symbol.asyncDispose]())
  return {
    kind: 'mysql',
    env: {},
    to: (table) => `${database.url}#${table}`,
    rows: async (table) => {
      const columns = (await database.run(`show columns from \`${table}\``)) as { Field: string }[]
      const texts = columns.map(
        ({ Field }) => `cast(\`${Field}\` as char character set utf8mb4) as \`${Field}\``,
      )
      const rows = await database.run(
        `select ${texts.join(', ')} from \`${table}\` order by binary \`id\``,
      )
      return (rows as Record<string, unknown>[]).map(normalized)
    },
    run: async (sql) => void (await database.run(sql.replaceAll('"', '`'))),
  }
}

/** All of them; MySQL where `CLT_TEST_MYSQL_URL` names a server. */
export async function openDatabases(folder: string): Promise<TestDatabase[]> {
  const some = [await postgres(), sqlite(folder)]
  return MYSQL_URL === undefined ? some : [...some, await mysql()]
}

function normalized(row: Readonly<Record<string, unknown>>): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, textOf(value)]))
}

const TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|\+00)?$/

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null
  const text = String(value)
  const time = TIME.exec(text)
  if (time !== null) return `${time[1]}T${time[2]}.${(time[3] ?? '').padEnd(6, '0')}Z`
  return text
}
