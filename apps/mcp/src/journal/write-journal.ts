/** The journal of one server: every write that its tools make is kept in it before it is sent. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { join } from 'node:path'
import {
  type Client,
  ConfigurationError,
  type WriteIntent,
  type WriteListener,
} from '@chatlayer-tables/core'
import type {
  ChangeSet,
  Journal,
  JournalConnection,
  Recovery,
  UndoJobReport,
  UndoOptions,
  UndoReport,
} from '@chatlayer-tables/journal'
import { connect } from '../call/connect.ts'
import { unlessAborted } from '../call/unless-aborted.ts'
import { ToolError } from '../result/tool-error.ts'
import type { Setup } from '../session.ts'

/** Who writes, and why. */
export interface WriteReason {
  /** The tool that was called. */
  readonly command: string
  readonly note: string | undefined
  /** The program that called it. */
  readonly client: string | undefined
}

/** What came of work whose writes were kept. */
export interface Kept<T> {
  readonly result: T
  /** Undefined where nothing was written, or nothing is kept. */
  readonly changeSet: string | undefined
}

/** What to undo of changes, and who asks for it. */
type UndoChoice = Pick<UndoOptions, 'records' | 'force' | 'signal' | 'onProgress'> & WriteReason

const HINT =
  'The log of the server (stderr) says why. Only its operator can mend that, or start it with --no-journal: nothing can be undone then.'

export class WriteJournal {
  readonly #setup: Setup
  readonly #secrets: readonly string[]
  /** The change set of the call that is at work; calls share one client. */
  readonly #current = new AsyncLocalStorage<ChangeSet>()
  readonly #closing = new AbortController()
  #opened: Promise<Journal> | undefined
  #firstSettled: Promise<void> | undefined

  constructor(setup: Setup) {
    this.#setup = setup
    this.#secrets = secretsOf(setup.env.CHATLAYER_TOKEN)
  }

  /** For the client whose writes are to be kept; undefined where none are. */
  get listener(): WriteListener | undefined {
    if (!this.#setup.settings.journal) return undefined
    return {
      before: (intent) => this.#before(intent),
      after: (intent, outcome) => this.#current.getStore()?.after(intent, outcome),
    }
  }

  /**
   * Does work that may write with {@link listener}'s client, and keeps what it writes as a change
   * set. What earlier processes left open is settled before the first.
   *
   * @throws ToolError for a journal that cannot be opened, before anything is written; and what the
   *   work throws, naming the change set where it is a ToolError
   */
  async keep<T>(
    reason: WriteReason,
    client: Client,
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<Kept<T>> {
    if (!this.#setup.settings.journal) return { result: await work(), changeSet: undefined }
    const journal = await this.open()
    this.#firstSettled ??= this.#settle(journal, client, this.#closing.signal).catch((error) => {
      this.#firstSettled = undefined
      throw error
    })
    await unlessAborted(this.#firstSettled, signal)
    const set = journal.changeSet({
      ...{ tool: 'mcp', ...reason, secrets: this.#secrets },
      connection: connectionOf(client),
    })
    try {
      const result = await this.#current.run(set, work)
      return { result, changeSet: await this.#end(set) }
    } catch (error) {
      const changeSet = await this.#end(set)
      if (changeSet === undefined || !(error instanceof ToolError)) throw error
      const { code, message, details, quotesGateway } = error
      const named = { ...details, change_set: changeSet }
      throw new ToolError(code, message, named, quotesGateway)
    }
  }

  /** The journal, which is opened once. @throws ToolError when it cannot be */
  open(): Promise<Journal> {
    this.#opened ??= this.#open().catch((error: unknown) => {
      this.#opened = undefined
      throw this.#trouble(error)
    })
    return this.#opened
  }

  /** The journal once it is known how what processes left open has ended. @throws ToolError */
  async settled(client: Client, signal: AbortSignal): Promise<Journal> {
    const journal = await this.open()
    await this.#settle(journal, client, signal)
    return journal
  }

  /** The job that the call at work belongs to. */
  setJob(id: string): void {
    const set = this.#current.getStore()
    if (set !== undefined) set.job = id
  }

  /** Undoes a change set. @throws as Journal.undo does */
  async undo(changeSet: string, client: Client, options: UndoChoice): Promise<UndoReport> {
    const journal = await this.open()
    return journal.undo(changeSet, this.#undoOptions(client, options))
  }

  /** Undoes all change sets of a job. @throws as Journal.undoJob does */
  async undoJob(job: string, client: Client, options: UndoChoice): Promise<UndoJobReport> {
    const journal = await this.open()
    return journal.undoJob(job, this.#undoOptions(client, options))
  }

  #undoOptions({ dialect }: Client, options: UndoChoice): UndoOptions {
    const { client, command, note, ...selection } = options
    return {
      ...selection,
      ...{ tool: 'mcp', client, command, note, secrets: this.#secrets },
      // The undo closes its client.
      connect: (onWrite) => connect(this.#setup, { onWrite, dialect }),
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    const journal = await this.#opened?.catch(() => undefined)
    await journal?.close()
  }

  async #open(): Promise<Journal> {
    const { openJournal, settingsFromEnvironment } = await import('@chatlayer-tables/journal')
    const { retention, redact } = settingsFromEnvironment(this.#setup.env)
    return openJournal({
      folder: join(await stateFolderOf(this.#setup), 'journal'),
      retention,
      redact,
    })
  }

  async #before(intent: WriteIntent): Promise<void> {
    const set = this.#current.getStore()
    if (set === undefined) throw new Error('a write that no change set was begun for')
    try {
      await set.before(intent)
    } catch (error) {
      const { message, details } = this.#trouble(error)
      throw new ConfigurationError(message, { hint: details.hint })
    }
  }

  /** @returns the change set's id, where anything of it landed or may have */
  async #end(set: ChangeSet): Promise<string | undefined> {
    try {
      const landed = (await set.close()).find(
        ({ counts }) => counts.inserted + counts.updated + counts.deleted + counts.unknown > 0,
      )
      return landed?.id
    } catch (error) {
      // The writes are done, and their intents stand; how they ended is found out at the next start.
      this.#trouble(error)
      return set.ids[0]
    }
  }

  async #settle(journal: Journal, client: Client, signal: AbortSignal): Promise<void> {
    if (!journal.needsRecovery) return
    this.#tell(await journal.recover(client, { signal, secrets: this.#secrets }))
  }

  #tell({ settled, unsettled }: Recovery): void {
    for (const id of settled) {
      this.#setup.log.info(`change set ${id} was broken off; how its writes ended was found out`)
    }
    for (const { id, reason } of unsettled) {
      this.#setup.log.warn(`change set ${id} was broken off, and cannot be settled yet: ${reason}`)
    }
  }

  /** What a caller is told: where this server keeps its files is not for him. */
  #trouble(error: unknown): ToolError {
    this.#setup.log.error(error instanceof Error ? error.message : String(error))
    const message = 'The journal of this server cannot be written, and without it nothing is.'
    return new ToolError('CONFIGURATION', message, { hint: HINT })
  }
}

/** Where this server keeps what it needs again, and the command line too. */
export async function stateFolderOf({ env }: Pick<Setup, 'env'>): Promise<string> {
  const { userStateFolder } = await import('@chatlayer-tables/local')
  return userStateFolder(env)
}

export function connectionOf({ connection }: Client): JournalConnection {
  const { origin, teamId, botId } = connection
  return { origin, teamId, botId }
}

function secretsOf(token: string | undefined): readonly string[] {
  const whole = token?.trim() ?? ''
  const [, password = whole] = /^[^:]*:(.{8,})$/s.exec(whole) ?? []
  return [whole, password].filter((secret) => secret !== '')
}
