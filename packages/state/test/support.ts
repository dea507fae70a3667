/** A PostgreSQL server for the tests of a file, with a new database for each test. */
import { randomBytes } from 'node:crypto'
import { type PostgresServer, startPostgres } from '@chatlayer-tables/sources/test-postgres'
import pg from 'pg'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { Database, type DatabaseOptions } from '../src/database.ts'
import { migrate } from '../src/migrate.ts'
import { SCHEMA } from '../src/migrations/migration.ts'
import type { LeaseTimes } from '../src/sessions/lease-times.ts'
import { Sessions } from '../src/sessions.ts'

/** Times that let tests wait for the end of leases. */
export const SHORT_TIMES: LeaseTimes = { lease: 600, renew: 120, grace: 300, patience: 3_000 }

/** As programs have, with less to wait for. */
export const LONG_TIMES: LeaseTimes = { lease: 10_000, renew: 500, grace: 1_500, patience: 60_000 }

export class TestServer {
  readonly #closers: (() => Promise<unknown>)[] = []
  #server: PostgresServer | undefined

  /** Starts the server before the tests of the file, and ends it after them. */
  constructor(settings: () => Readonly<Record<string, string>> = () => ({})) {
    beforeAll(async () => {
      this.#server = await startPostgres(settings())
    })
    afterEach(async () => {
      for (const close of this.#closers.splice(0).toReversed()) await close()
    })
    afterAll(async () => {
      await this.#server?.end()
    })
  }

  get server(): PostgresServer {
    if (this.#server === undefined) throw new Error('the server is not started')
    return this.#server
  }

  /** Closed after the test, the last first. */
  closeLater<T extends { close(): Promise<unknown> }>(opened: T): T {
    this.#closers.push(() => opened.close())
    return opened
  }

  /** Runs SQL as the superuser. */
  async run(sql: string, database = 'postgres'): Promise<Record<string, unknown>[]> {
    const client = new pg.Client(this.server.url(database))
    await client.connect()
    try {
      const results = (await client.query(sql)) as pg.QueryResult | pg.QueryResult[]
      return (Array.isArray(results) ? results.at(-1) : results)?.rows ?? []
    } finally {
      await client.end()
    }
  }

  /** @returns the name of a new, empty database */
  async newDatabase(options = ''): Promise<string> {
    const name = `state_${randomBytes(4).toString('hex')}`
    await this.run(`create database ${name} ${options}`)
    return name
  }

  /** A database with the schema, and nothing in it. */
  async newSchema(): Promise<string> {
    const name = await this.newDatabase()
    await this.run(`create schema ${SCHEMA}`, name)
    await this.run(`alter database ${name} set search_path = ${SCHEMA}`)
    return name
  }

  /** A database with all tables. */
  async newState(): Promise<string> {
    const name = await this.newDatabase()
    await migrate(this.open(name))
    return name
  }

  options(name: string, more: Partial<DatabaseOptions> = {}): DatabaseOptions {
    return { address: this.server.url(name), env: {}, ...more }
  }

  open(name: string, more: Partial<DatabaseOptions> = {}): Database {
    return this.closeLater(new Database(this.options(name, more)))
  }

  /** What a machine has open. */
  async machine(
    name: string,
    { times = SHORT_TIMES, ...more }: Partial<DatabaseOptions> & { times?: LeaseTimes } = {},
  ): Promise<{ database: Database; sessions: Sessions; close(): Promise<void> }> {
    const options = this.options(name, more)
    const database = new Database(options)
    const sessions = await Sessions.open(database, options, { program: 'test' }, times)
    return this.closeLater({
      database,
      sessions,
      async close() {
        await sessions.close()
        await database.close()
      },
    })
  }

  /** Ends connections to a database. @param most how many at most @returns how many */
  async terminate(name: string, most = 1_000): Promise<number> {
    const rows = await this.run(
      `select pg_terminate_backend(pid) from (select pid from pg_stat_activity
        where datname = '${name}' order by random() limit ${most}) as chosen`,
    )
    return rows.length
  }
}

export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Error) return error
    throw error
  }
  throw new Error('it did not fail')
}

/** Everything that a log would show of an error. */
export function shown(error: Error): string {
  const { cause } = error
  return [
    String(error),
    error.stack,
    JSON.stringify(error),
    'hint' in error ? String(error.hint) : '',
    cause instanceof Error ? shown(cause) : JSON.stringify(cause),
  ].join('\n')
}
