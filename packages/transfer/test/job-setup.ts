/** Imports against an emulator, and jobs as a killed process leaves them. */
import { cpSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Client,
  createClient,
  type RequestEvent,
  type TableHandle,
} from '@chatlayer-tables/core'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import {
  type ImportOptions,
  type ImportReport,
  type ImportSettings,
  importFile,
  JobStore,
  type ResumeOptions,
  resumeImport,
} from '../src/index.ts'

const COLUMNS = [
  { name: 'code', type: 'text' },
  { name: 'name', type: 'text' },
  { name: 'size', type: 'numeric' },
]

/** A test may set the clock of this process; the gateway's is another. */
const RealDate = Date

export class Setup implements AsyncDisposable {
  readonly folder: string
  readonly emulator: Emulator
  readonly client: Client
  readonly store: JobStore
  /** INSERTs that clients have sent, whether they arrived or not. */
  insertsSent = 0
  readonly #shift: { ms: number }
  #copies = 0

  private constructor(folder: string, emulator: Emulator, shift: { ms: number }) {
    this.folder = folder
    this.#shift = shift
    this.emulator = emulator
    this.store = new JobStore(join(folder, 'jobs'))
    this.client = this.#newClient()
  }

  static async start(): Promise<Setup> {
    const folder = await mkdtemp(join(tmpdir(), 'transfer-job-'))
    const shift = { ms: 0 }
    const emulator = await startEmulator({
      tables: [{ name: 'stores', columns: COLUMNS }],
      clock: () => new RealDate(RealDate.now() + shift.ms),
    })
    return new Setup(folder, emulator, shift)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close()
    await this.emulator.close()
    await rm(this.folder, { recursive: true })
  }

  get table(): TableHandle {
    return this.client.table('stores')
  }

  /** Records that are in the table since yesterday. */
  putOld(lines: readonly string[]): void {
    this.#shift.ms = -86_400_000
    const records = lines.map((line) => {
      const [code = '', name = '', size = ''] = line.split(',')
      return { code, name, size }
    })
    this.emulator.tables.insert('stores', records)
    this.#shift.ms = 0
  }

  /** The records as lines of a file, in an order of their own. */
  get lines(): string[] {
    const records = this.emulator.tables.records('stores')
    return records
      .map(({ values }) => COLUMNS.map(({ name }) => values[name] ?? '').join(','))
      .toSorted()
  }

  async file(lines: readonly string[], name = 'stores.csv'): Promise<string> {
    const path = join(this.folder, name)
    await writeFile(path, `code,name,size\n${lines.join('\n')}\n`)
    return path
  }

  /** Imports these lines. */
  async import(
    lines: readonly string[],
    settings: ImportSettings = { mode: 'insert' },
    options: Partial<ImportOptions> = {},
  ): Promise<ImportReport> {
    const input = options.input ?? { path: await this.file(lines) }
    const { table, store, connection } = this
    return importFile({ table, store, connection, settings, ...options, input })
  }

  /** Resumes as another process does: with a client that remembers nothing. */
  async resume(
    job: string,
    store: JobStore = this.store,
    options: Partial<ResumeOptions> = {},
  ): Promise<ImportReport> {
    await using client = this.#newClient()
    const { connection } = this
    const table = client.table('stores')
    return await resumeImport({ table, connection, job: await store.open(job), ...options })
  }

  #newClient(): Client {
    const { url: baseUrl, token, teamId, botId } = this.emulator
    const onRequest = ({ action }: RequestEvent): void => {
      if (action === 'INSERT') this.insertsSent++
    }
    return createClient({ baseUrl, token, teamId, botId, hooks: { onRequest } })
  }

  /** Jobs as they would be left if this process were killed now. */
  killed(store: JobStore = this.store): JobStore {
    const copy = join(this.folder, `killed-${++this.#copies}`)
    cpSync(store.folder, copy, { recursive: true })
    return new JobStore(copy)
  }

  async beside(name: string): Promise<string | undefined> {
    const there = (await readdir(this.folder)).includes(name)
    return there ? readFile(join(this.folder, name), 'utf8') : undefined
  }

  get connection() {
    const { origin, teamId, botId } = this.client.connection
    return { origin, teamId, botId }
  }
}

/** `count` different lines, from number `from` on. */
export function linesFrom(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `c${from + at},name ${from + at},${from + at}.5`)
}
