/** The journal of one server: records every write of its tools before sending it. */
import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Client,
  ConfigurationError,
  type SendCheck,
  type WriteIntent,
  type WriteListener,
} from '@chatlayer-tables/core'
import type {
  ChangeSet,
  EarlierWrite,
  Journal,
  JournalConnection,
  Recovery,
  TakeCallOptions,
  UndoJobReport,
  UndoOptions,
  UndoReport,
} from '@chatlayer-tables/journal'
import { connect } from '../call/connect.ts'
import { unlessAborted } from '../call/unless-aborted.ts'
import { ToolError } from '../result/tool-error.ts'
import type { Setup } from '../session.ts'
import { stateError } from '../state/state-error.ts'
import { type HeldCall, MemoryCalls } from '../write/memory-calls.ts'

/** The caller of a write and its reason. */
export interface WriteReason {
  /** The tool that was called. */
  readonly command: string
  readonly note: string | undefined
  /** The program that called the tool. */
  readonly client: string | undefined
  /** The signed-in caller. */
  readonly principal: string | undefined
  /** The number of the call. */
  readonly call?: number | undefined
}

/** The result of work, with the change set of its writes. */
export interface Recorded<T> {
  readonly result: T
  /** Undefined if nothing was written, or without a journal. */
  readonly changeSet: string | undefined
}

/** Takes calls one at a time. */
export interface Calls {
  take(digest: string, options: TakeCallOptions): Promise<HeldCall>
}

/** Which changes to undo, and the caller. */
type UndoChoice = Pick<UndoOptions, 'records' | 'force' | 'signal' | 'onProgress'> & WriteReason

const UNUSABLE = {
  message: 'The journal of this server cannot be written, so writes are stopped.',
  hint: 'Ask the operator to check the log of the server (stderr). With --no-journal it writes without a journal and cannot undo.',
}

export class WriteJournal {
  readonly #setup: Setup
  readonly #secrets: readonly string[]
  /** The change set of the current call; calls share one client. */
  readonly #current = new AsyncLocalStorage<ChangeSet>()
  /** How the current write was approved, if it was reviewed. */
  readonly #approval = new AsyncLocalStorage<string>()
  readonly #closing = new AbortController()
  /** Without a journal. */
  readonly #calls: MemoryCalls | undefined
  #opened: Promise<Journal> | undefined
  #firstRecovery: Promise<void> | undefined

  constructor(setup: Setup) {
    this.#setup = setup
    this.#secrets = secretsOf(setup.env.CHATLAYER_TOKEN)
    this.#calls = setup.settings.journal ? undefined : new MemoryCalls()
  }

  /** The write listener for the client; undefined without a journal. */
  get listener(): WriteListener | undefined {
    if (!this.#setup.settings.journal) return undefined
    return {
      before: (intent) => this.#before(intent),
      after: (intent, outcome) => this.#current.getStore()?.after(intent, outcome),
    }
  }

  /**
   * Runs work that may write with {@link listener}'s client, and records its writes as a change set.
   * Before the first call, resolves the outcomes that earlier processes left unknown.
   *
   * @throws ToolError if the journal cannot be opened; nothing is written then. Errors of the work pass
   *   through; a ToolError also gets the change set
   */
  async record<T>(
    reason: WriteReason,
    client: Client,
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<Recorded<T>> {
    if (!this.#setup.settings.journal) return { result: await work(), changeSet: undefined }
    const journal = await this.open()
    this.#firstRecovery ??= this.#recover(journal, client, this.#closing.signal).catch((error) => {
      this.#firstRecovery = undefined
      throw error
    })
    await unlessAborted(this.#firstRecovery, signal)
    const set = journal.changeSet({
      ...{ tool: 'mcp', ...reason, note: this.#noteOf(reason.note), secrets: this.#secrets },
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

  /** Runs work whose writes have been approved; the notes of their change sets state how. */
  withApproval<T>(text: string, work: () => Promise<T>): Promise<T> {
    return this.#approval.run(text, work)
  }

  #noteOf(note: string | undefined): string | undefined {
    const approval = this.#approval.getStore()
    if (approval === undefined) return note
    return note === undefined ? approval : `${note} (${approval})`
  }

  /** Opens the journal once. @throws ToolError if it cannot be opened */
  open(): Promise<Journal> {
    this.#opened ??= this.#open().catch((error: unknown) => {
      this.#opened = undefined
      throw this.#storageError(error)
    })
    return this.#opened
  }

  /** Opens the journal and resolves outcomes that processes left unknown. @throws ToolError */
  async openRecovered(client: Client, signal: AbortSignal): Promise<Journal> {
    const journal = await this.open()
    await this.#recover(journal, client, signal)
    return journal
  }

  /** Calls, by which a repeated one is recognised: of all replicas that share the state, or without a journal of this process. */
  async calls(): Promise<Calls> {
    return this.#calls ?? (await this.open()).calls
  }

  /** Without a journal, keeps what a call writes to, and its job. */
  noteCall(call: number, facts: { readonly place?: string; readonly job?: string }): void {
    this.#calls?.noteFacts(call, facts)
  }

  /** Without a journal, keeps the outcome of a row of a call. */
  noteWrite(call: number, write: EarlierWrite): void {
    this.#calls?.note(call, write)
  }

  /** Sets where the rows of the current call are in its input, if it writes only some of them. */
  setRows(rows: readonly number[]): void {
    const set = this.#current.getStore()
    if (set !== undefined) set.rows = rows
  }

  /** Sets the job that the current call belongs to. */
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
    const { client, principal, command, note, ...selection } = options
    return {
      ...selection,
      ...{ tool: 'mcp', client, principal, command, secrets: this.#secrets },
      note: this.#noteOf(note),
      // The undo closes this client.
      connect: (onWrite) => connect(this.#setup, { onWrite, dialect }),
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    const journal = await this.#opened?.catch(() => undefined)
    await journal?.close()
  }

  async #open(): Promise<Journal> {
    const { settingsFromEnvironment } = await import('@chatlayer-tables/journal')
    const { retention, redact } = settingsFromEnvironment(this.#setup.env)
    return (await this.#setup.state.open()).openJournal({ retention, redact })
  }

  async #before(intent: WriteIntent): Promise<SendCheck> {
    const set = this.#current.getStore()
    if (set === undefined) throw new Error('write without a change set')
    try {
      const check = await set.before(intent)
      return () => {
        try {
          return check()?.catch((error: unknown) => this.#stop(error))
        } catch (error) {
          return this.#stop(error)
        }
      }
    } catch (error) {
      return this.#stop(error)
    }
  }

  #stop(error: unknown): never {
    const { message, details } = this.#storageError(error)
    throw new ConfigurationError(message, { hint: details.hint })
  }

  /** @returns the id of the change set if anything of it was or may have been written */
  async #end(set: ChangeSet): Promise<string | undefined> {
    try {
      const written = (await set.close()).find(
        ({ counts }) => counts.inserted + counts.updated + counts.deleted + counts.unknown > 0,
      )
      return written?.id
    } catch (error) {
      // The writes are done and their intents are recorded; the next start resolves their outcomes.
      this.#storageError(error)
      return set.ids[0]
    }
  }

  async #recover(journal: Journal, client: Client, signal: AbortSignal): Promise<void> {
    if (!(await journal.needsRecovery())) return
    this.#reportRecovery(await journal.recover(client, { signal, secrets: this.#secrets }))
  }

  #reportRecovery({ settled, unsettled }: Recovery): void {
    for (const id of settled) {
      this.#setup.log.info(`change set ${id} was interrupted; its outcomes are resolved`)
    }
    for (const { id, reason } of unsettled) {
      this.#setup.log.warn(
        `change set ${id} was interrupted; its outcomes cannot be resolved yet: ${reason}`,
      )
    }
  }

  /** Logs an error of the journal; the caller does not see paths of this server. */
  #storageError(error: unknown): ToolError {
    return stateError(error, this.#setup.log, 'The journal of this server', UNUSABLE)
  }
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
