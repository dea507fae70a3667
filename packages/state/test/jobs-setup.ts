/** Machines with nothing in common but a database and a gateway, for tests of their jobs. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Client,
  createClient,
  type RequestEvent,
  type Values,
  type Version,
  type WriteListener,
} from '@chatlayer-tables/core'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { type PostgresServer, startPostgres } from '@chatlayer-tables/sources/test-postgres'
import type { JobStore } from '@chatlayer-tables/transfer'
import { Database } from '../src/database.ts'
import { openJobs } from '../src/jobs/open-jobs.ts'
import { migrateAll } from '../src/migrate.ts'
import type { LeaseTimes } from '../src/sessions/lease-times.ts'
import { Sessions } from '../src/sessions.ts'

const COLUMNS = [
  { name: 'code', type: 'text' },
  { name: 'name', type: 'text' },
  { name: 'size', type: 'int' },
]

/** One that is a copy of the first of its server, which takes less time than to make all its tables. */
async function createState(server: PostgresServer): Promise<string> {
  const template = templates.get(server) ?? createTemplate(server)
  templates.set(server, template)
  const name = `jobs_${Math.random().toString(36).slice(2)}`
  await using main = new Database({ address: server.url(), env: {} })
  await main.script(`create database ${name} template ${await template} strategy file_copy`)
  return name
}

const templates = new WeakMap<PostgresServer, Promise<string>>()

async function createTemplate(server: PostgresServer): Promise<string> {
  const name = 'jobs_template'
  await using main = new Database({ address: server.url(), env: {} })
  await main.script(`create database ${name}`)
  await using database = new Database({ address: server.url(name), env: {} })
  await migrateAll(database)
  return name
}

/** A machine that has one process. */
export interface Machine {
  readonly name: string
  readonly folder: string
  readonly store: JobStore
  readonly client: Client
  readonly sessions: Sessions
  /** INSERTs that its client has sent. */
  readonly sent: { inserts: number }
  close(): Promise<void>
}

export interface MachineOptions {
  readonly address?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly principal?: string | undefined
  readonly times?: LeaseTimes | undefined
  /** How long statements wait for a database that went away. */
  readonly waitMs?: number | undefined
  /** Listens to the writes of the client. */
  readonly listen?: (database: Database, sessions: Sessions) => Promise<WriteListener>
}

export class Machines implements AsyncDisposable {
  readonly server: PostgresServer
  readonly emulator: Emulator
  readonly folder: string
  readonly admin: Database
  /** Of the database. */
  readonly address: string
  readonly #open = new Set<Machine>()
  #count = 0

  private constructor(server: PostgresServer, emulator: Emulator, folder: string, address: string) {
    this.server = server
    this.emulator = emulator
    this.folder = folder
    this.address = address
    this.admin = new Database({ address, env: {} })
  }

  /** A database of its own. @param server that the caller ends */
  static async start(server: PostgresServer, tables: readonly string[] = ['stores']) {
    const name = await createState(server)
    const emulator = await startEmulator({
      dialect: { nullEncoding: 'json' },
      tables: tables.map((table) => ({ name: table, columns: COLUMNS })),
    })
    const folder = await mkdtemp(join(tmpdir(), 'state-jobs-'))
    const machines = new Machines(server, emulator, folder, server.url(name))
    return machines
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const machine of this.#open) await machine.close()
    await this.admin.close()
    await this.emulator.close()
    await rm(this.folder, { recursive: true, force: true })
  }

  /** @param address of the database, where it is reached in another way */
  async machine({
    address = this.address,
    env = {},
    principal = 'ann',
    times,
    ...options
  }: MachineOptions = {}): Promise<Machine> {
    const name = `machine-${++this.#count}`
    const folder = join(this.folder, name)
    const connection = { address, env, waitMs: options.waitMs }
    const database = new Database(connection)
    const facts = { program: name, principal }
    const sessions = await Sessions.open(database, connection, facts, times)
    const store = openJobs(database, sessions, { folder, env })
    const { url: baseUrl, token, teamId, botId } = this.emulator
    const sent = { inserts: 0 }
    const onRequest = ({ action }: RequestEvent): void => {
      if (action === 'INSERT') sent.inserts++
    }
    const client = createClient({
      ...{ baseUrl, token, teamId, botId, dialect: { nullEncoding: 'json' } },
      hooks: { onRequest },
      onWrite: await options.listen?.(database, sessions),
    })
    const machine: Machine = {
      ...{ name, folder, store, client, sessions, sent },
      close: async () => {
        this.#open.delete(machine)
        await client.close()
        await sessions.close()
        await database.close()
      },
    }
    this.#open.add(machine)
    return machine
  }

  /** From now on the machine is taken for dead: nothing of it is committed any more. */
  async cutOff({ name }: Machine): Promise<void> {
    await this.admin.query(`update sessions set dead = true where program = $1`, [name])
  }

  get connection() {
    const { teamId, botId, url } = this.emulator
    return { origin: new URL(url).origin, teamId, botId }
  }

  put(table: string, records: readonly Values[], version: Version = 'DRAFT'): void {
    this.emulator.tables.insert(table, records, version)
  }

  /** The records as lines, in an order of their own. */
  lines(table = 'stores', version: Version = 'DRAFT'): string[] {
    const records = this.emulator.tables.records(table, version)
    return records
      .map(({ values }) => COLUMNS.map(({ name }) => values[name] ?? '').join(','))
      .toSorted()
  }
}

/** `count` different lines, from number `from` on. */
export function linesFrom(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `c${from + at},name ${from + at},${from + at}`)
}

export function csv(lines: readonly string[]): string {
  return `code,name,size\n${lines.join('\n')}\n`
}

export { type PostgresServer, startPostgres }
