/** A bot with tables that are hard to keep, and another to restore them into. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, createClient, type Values } from '@chatlayer-tables/core'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import {
  createBackup,
  JobStore,
  planRestore,
  type RestoreChoice,
  type RestorePlan,
  type RestoreReport,
  type RestoreRunOptions,
  restoreBackup,
  resumeRestore,
  verifyBackup,
} from '../src/index.ts'

const HARD_COLUMNS = [
  { name: 'text', type: 'text' },
  { name: 'int', type: 'int' },
  { name: 'numeric', type: 'numeric' },
  { name: 'bool', type: 'bool' },
  { name: 'uuid', type: 'uuid' },
  { name: 'timestamp', type: 'timestamp' },
  { name: 'jsonb', type: 'jsonb' },
  { name: '__proto__', type: 'text' },
  { name: 'a.b = "c", Größe\u00a0🎈', type: 'varchar' },
]

export const HARD_RECORDS: readonly Values[] = [
  { text: '', int: 0, numeric: '0', bool: false, jsonb: '' },
  { text: null },
  { text: '00501', int: 9007199254740993n, numeric: '12.50', bool: true },
  { text: ' TRUE\r\n"x",\t\\', int: -9223372036854775808n, numeric: 'NaN', jsonb: [] },
  {
    text: '👩‍👩‍👧 \u2028 é e\u0301',
    numeric: '-0.00000000000000000001',
    jsonb: { a: { b: [null, 1e21] } },
  },
  { text: '1e5', timestamp: '0001-01-01T00:00:00.000Z', jsonb: 12345678901234567890n },
  { text: '=1+1', timestamp: '2024-02-29T23:59:59.123456Z', jsonb: { __proto__: 1, z: '\u0001' } },
  { uuid: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'a.b = "c", Größe\u00a0🎈': 'x' },
  { text: 'twin' },
  { text: 'twin' },
  JSON.parse('{"__proto__": "own", "text": "constructor"}'),
]

export const HARD_NAMES = ['Stores', 'stores', '../../etc/passwd', 'CON', '🎈', 'a/b\\c:d*?"<>|']

export class BackupSetup implements AsyncDisposable {
  readonly folder: string
  readonly from: Emulator
  readonly into: Emulator
  readonly client: Client
  readonly target: Client
  readonly store: JobStore

  private constructor(folder: string, from: Emulator, into: Emulator) {
    this.folder = folder
    this.from = from
    this.into = into
    this.client = clientOf(from)
    this.target = clientOf(into)
    this.store = new JobStore(join(folder, 'jobs'))
  }

  /** Two bots with the same tables; those of the first hold records. */
  static async start(names: readonly string[] = HARD_NAMES): Promise<BackupSetup> {
    const folder = await mkdtemp(join(tmpdir(), 'transfer-backup-'))
    const tables = names.map((name) => ({ name, columns: HARD_COLUMNS }))
    const [from, into] = await Promise.all([startEmulator({ tables }), startEmulator({ tables })])
    const setup = new BackupSetup(folder, from, into)
    for (const name of names) {
      await setup.client.table(name).insertMany(HARD_RECORDS)
      await setup.client.table(name, { version: 'LIVE' }).insertMany([{ text: `live ${name}` }])
    }
    return setup
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.client.close(), this.target.close()])
    await Promise.all([this.from.close(), this.into.close()])
    await rm(this.folder, { recursive: true })
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  async backup(name = 'bot.zip'): Promise<string> {
    const file = this.path(name)
    const { client } = this
    await createBackup({ client, file, versions: ['DRAFT', 'LIVE'], createdBy: 'test 1' })
    return file
  }

  async plan(file: string, choice: Partial<RestoreChoice> = {}): Promise<RestorePlan> {
    const verified = await verifyBackup({ file })
    const client = this.target
    return planRestore({ client, file, verified, choice: { versions: ['DRAFT'], ...choice } })
  }

  async restore(
    file: string,
    choice: Partial<RestoreChoice> = {},
    options: Partial<RestoreRunOptions> = {},
  ): Promise<RestoreReport> {
    const { target: client, store } = this
    return restoreBackup({ client, store, plan: await this.plan(file, choice), ...options })
  }

  /** Resumes as another process does: with a client that remembers nothing. */
  async resume(job: string, options: Partial<RestoreRunOptions> = {}): Promise<RestoreReport> {
    await using client = clientOf(this.into)
    return await resumeRestore({ client, job: await this.store.open(job), ...options })
  }
}

function clientOf({ url: baseUrl, token, teamId, botId }: Emulator): Client {
  return createClient({ baseUrl, token, teamId, botId })
}

/** What a table holds, as texts in an order of their own. */
export function contents(emulator: Emulator, table: string, version?: 'DRAFT' | 'LIVE'): string[] {
  return emulator.tables
    .records(table, version)
    .map(({ values }) =>
      Object.entries(values)
        .map(([name, value]) => `${name}: ${show(value)}`)
        .join('\n'),
    )
    .toSorted()
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? `${item}n` : item))
}
