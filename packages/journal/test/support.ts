/** A journal and an emulator, and what tests do with them. */
import { cpSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Client,
  type ClientOptions,
  createClient,
  type TableHandle,
  type Version,
  type WriteListener,
} from '@chatlayer-tables/core'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import {
  type Journal,
  type JournalLimits,
  type JournalStore,
  openJournal,
  type UndoOptions,
  type UndoReport,
} from '../src/index.ts'

const COLUMNS = [
  { name: 'code', type: 'text' },
  { name: 'city', type: 'text' },
  { name: 'size', type: 'int' },
  { name: 'price', type: 'numeric' },
]

/** Kept for the gateway where a test sets the clock of this process. */
const RealDate = Date

/** How far the clock of the gateway is behind the real time. */
const lag = { ms: 0 }

export interface SetupOptions extends JournalLimits {
  readonly store?: JournalStore | undefined
}

export class Setup implements AsyncDisposable {
  readonly folder: string
  readonly emulator: Emulator
  readonly journal: Journal
  readonly #more: AsyncDisposable[] = []
  #copies = 0

  private constructor(folder: string, emulator: Emulator, journal: Journal) {
    this.folder = folder
    this.emulator = emulator
    this.journal = journal
  }

  /** @param store where the journal is (default: a folder) */
  static async start({ store, ...limits }: SetupOptions = {}): Promise<Setup> {
    const folder = await mkdtemp(join(tmpdir(), 'journal-'))
    lag.ms = 0
    const emulator = await startEmulator({
      tables: [{ name: 'stores', columns: COLUMNS }],
      clock: () => new RealDate(RealDate.now() - lag.ms),
    })
    const place = store === undefined ? { folder: join(folder, 'journal') } : { store }
    const journal = await openJournal({ ...place, ...limits })
    return new Setup(folder, emulator, journal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#more) await each[Symbol.asyncDispose]()
    await this.journal.close()
    await this.emulator.close()
    await rm(this.folder, { recursive: true })
  }

  /** The journal as another machine has it open, until the end of the test. */
  async another(store: JournalStore): Promise<Journal> {
    const opened = await openJournal({ store })
    this.#more.push(opened)
    return opened
  }

  client(onWrite?: WriteListener, options: Partial<ClientOptions> = {}): Client {
    const { url: baseUrl, token, teamId, botId } = this.emulator
    const client = createClient({ baseUrl, token, teamId, botId, onWrite, ...options })
    this.#more.push(client)
    return client
  }

  get connection() {
    const { origin, teamId, botId } = this.client().connection
    return { origin, teamId, botId }
  }

  /** Runs a write under a change set of its own. @returns the set's id */
  async write(
    work: (table: TableHandle) => PromiseLike<unknown>,
    journal = this.journal,
    version: Version = 'DRAFT',
  ): Promise<string> {
    const set = journal.changeSet({ tool: 'test', command: 'write', connection: this.connection })
    await work(this.client(set).table('stores', { version }))
    const [summary] = await set.close()
    return summary?.id ?? ''
  }

  undo(
    id: string,
    options: Partial<UndoOptions> = {},
    journal = this.journal,
  ): Promise<UndoReport> {
    const connect = (onWrite: WriteListener) => this.client(onWrite)
    return journal.undo(id, { tool: 'test', command: 'undo', connect, ...options })
  }

  /** Puts records into the table that were made an hour ago. */
  insertOld(values: Parameters<Emulator['tables']['insert']>[1]): void {
    lag.ms = 3_600_000
    this.emulator.tables.insert('stores', values)
    lag.ms = 0
  }

  /** The values of the records, in an order of their own. */
  values(version: Version = 'DRAFT'): string[] {
    const records = this.emulator.tables.records('stores', version)
    return records.map(({ values }) => JSON.stringify(values)).toSorted()
  }

  ids(): string[] {
    return this.emulator.tables.records('stores').map(({ id }) => id)
  }

  /** The journal as it would be left if this process were killed now. */
  async killed(journal = join(this.folder, 'journal')): Promise<Journal> {
    const opened = await openJournal({ folder: this.killedFolder(journal) })
    this.#more.push(opened)
    return opened
  }

  /** The same, not opened. */
  killedFolder(journal = join(this.folder, 'journal')): string {
    const copy = join(this.folder, `killed-${++this.#copies}`)
    cpSync(journal, copy, { recursive: true })
    return copy
  }
}

export function rows(from: number, count: number) {
  return Array.from({ length: count }, (_, at) => ({
    code: `c${from + at}`,
    city: at % 2 === 0 ? 'Ghent' : 'Bruges',
    size: from + at,
    price: `${from + at}.50`,
  }))
}
