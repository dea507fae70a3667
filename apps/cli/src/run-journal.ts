/** The journal of one run of the program, which records every write of the command. */
import {
  type Client,
  ConfigurationError,
  type SendCheck,
  type WriteIntent,
  type WriteListener,
} from '@chatlayer-tables/core'
import {
  type ChangeSet,
  type ChangeSetFilter,
  type ChangeSetSummary,
  type Journal,
  type JournalSettings,
  type Recovery,
  settingsFromEnvironment,
} from '@chatlayer-tables/journal'
import { STATE_FOLDER_HINT, StorageError, storageErrorIn } from '@chatlayer-tables/local'
import { isOfDatabase } from './failures.ts'
import { hintOf } from './hints.ts'
import type { Inputs } from './io.ts'
import type { JournalFlags } from './options/common.ts'
import type { Messages } from './output/messages.ts'
import type { RunState } from './run-state.ts'
import { HIDDEN_STATE, OF_PROJECT, shownState } from './state-setting.ts'

export interface RunFacts {
  /** The command's name, such as `records update`. */
  readonly command: string
  readonly messages: Messages
  readonly state: RunState
}

/** Records one write. */
export interface OneWrite extends WriteListener {
  /** @returns the change sets, one for each table that was written to */
  close(): Promise<ChangeSetSummary[]>
}

export class RunJournal {
  readonly #io: Pick<Inputs, 'env'>
  readonly #facts: RunFacts
  readonly #sets: ChangeSet[] = []
  /** Secrets that must not be stored in the journal. */
  readonly #secrets: string[] = []
  #journal: Promise<Journal> | undefined
  /** Whether the command is about to write. */
  #isWriting = false
  /** Whether a write failed because the journal was not writable. */
  #hasFailed = false
  #job: string | undefined
  #isRecorded = false

  constructor(io: Pick<Inputs, 'env'>, facts: RunFacts) {
    this.#io = io
    this.#facts = facts
  }

  /** Opens the journal on the first call. @throws UsageError, ConfigurationError, StorageError */
  async open(): Promise<Journal> {
    this.#journal ??= this.#open()
    try {
      return await this.#journal
    } catch (error) {
      // A program that goes on may find the database later.
      this.#journal = undefined
      throw error
    }
  }

  /**
   * Opens the journal, unless it is off, for a command that is about to write. Call before anything is
   * sent.
   *
   * @throws as {@link open} does
   */
  async prepare({ journal }: JournalFlags): Promise<void> {
    if (!this.#settings.isOn || journal === false) return
    this.#isWriting = true
    try {
      await this.open()
    } catch (error) {
      throw error instanceof StorageError ? withOwnHint(error) : error
    }
  }

  /** The job of this run, to which all of its writes belong. */
  set job(id: string) {
    this.#job = id
    for (const set of this.#sets) set.job = id
  }

  get job(): string | undefined {
    return this.#job
  }

  /** The change sets of a job, newest first. Does not create a journal. */
  async changesOf(job: string): Promise<ChangeSetSummary[]> {
    return (await (await this.#existing())?.ofJob(job)) ?? []
  }

  /** The change sets that match, newest first. Does not create a journal. */
  async list(filter: ChangeSetFilter): Promise<ChangeSetSummary[]> {
    return (await (await this.#existing())?.list(filter)) ?? []
  }

  /** The data of this run, except its connection, to store with a change set. */
  facts({ note }: JournalFlags) {
    const { command, state } = this.#facts
    const { principal } = state
    return { tool: 'cli', command, principal, note, secrets: this.#secrets }
  }

  /**
   * Creates a client whose writes are recorded, unless the journal is off. First resolves the unknown
   * outcomes that earlier runs on its connection left.
   *
   * @throws UsageError for an invalid setting, ConfigurationError if the journal cannot be opened
   */
  async connect(
    make: (onWrite: WriteListener | undefined) => Client,
    flags: JournalFlags,
    token: string,
    signal: AbortSignal,
  ): Promise<Client> {
    const [, password = token] = /^[^:]*:(.{8,})$/s.exec(token) ?? []
    this.#secrets.push(token, password)
    if (!this.#settings.isOn || flags.journal === false) return make(undefined)
    this.#isRecorded = true
    // The first writes may be several at once.
    let begun: Promise<ChangeSet> | undefined
    const client = make({
      before: async (intent) => {
        begun ??= this.#begin(flags, client)
        return await this.#keep(begun, intent)
      },
      after: async (intent, outcome) => {
        await (await begun)?.after(intent, outcome)
      },
    })
    try {
      await this.#recover(client, signal)
    } catch (error) {
      await client.close()
      throw error
    }
    return client
  }

  /**
   * The listener for one of several writes of a run, which gets change sets of its own; undefined if the
   * journal is off.
   */
  async begin(
    flags: JournalFlags,
    client: Pick<Client, 'connection'>,
  ): Promise<OneWrite | undefined> {
    if (!this.#settings.isOn || flags.journal === false) return undefined
    const begun = this.#begin(flags, client)
    const set = await begun
    return {
      before: (intent) => this.#keep(begun, intent),
      after: (intent, outcome) => set.after(intent, outcome),
      close: () => set.close(),
    }
  }

  /** Closes the change sets, prints how to undo them, and closes the journal. */
  async end(): Promise<void> {
    try {
      const ended = await Promise.all(this.#sets.map((set) => set.close()))
      const ids = await this.#undoIds(ended.flat())
      if (ids !== undefined) await this.#facts.messages.note(`undo with: clt changes undo ${ids}`)
      if (ids !== undefined || this.#job !== undefined) await this.#noteState()
    } catch (error) {
      // Already reported as the reason that stopped the write.
      if (!this.#hasFailed || storageErrorIn(error) === undefined) throw error
    } finally {
      await this.#close()
    }
  }

  /** Other commands do not read the `chatlayer.yaml` that sets the state of this one. */
  async #noteState(): Promise<void> {
    const { state, messages } = this.#facts
    const setting = await state.setting()
    if (setting?.by.startsWith(OF_PROJECT) !== true) return
    const value = shownState(setting.value)
    const variable = `CHATLAYER_STATE${value === HIDDEN_STATE ? '' : `=${value}`}`
    await messages.note(`for other commands on these changes and jobs, set ${variable}`)
  }

  /** @throws ConfigurationError, which stops the whole write */
  async #keep(begun: Promise<ChangeSet>, intent: WriteIntent): Promise<SendCheck> {
    try {
      const set = await begun
      return await set.before(intent)
    } catch (error) {
      const storage = storageErrorIn(error)
      if (storage === undefined) throw error
      this.#hasFailed = true
      throw new ConfigurationError(`the journal cannot be written: ${storage.message}`, {
        hint: hintOf(withOwnHint(storage)),
        cause: storage,
      })
    }
  }

  async #open(): Promise<Journal> {
    const { retention, redact } = this.#settings
    const state = await this.#facts.state.open()
    return await state.openJournal({ retention, redact })
  }

  async #existing(): Promise<Journal | undefined> {
    if (this.#journal !== undefined) return await this.#journal
    const state = await this.#facts.state.open()
    return (await state.hasJournal()) ? await this.open() : undefined
  }

  async #close(): Promise<void> {
    try {
      await (await this.#journal)?.close()
    } catch (error) {
      if (!this.#hasFailed || storageErrorIn(error) === undefined) throw error
    }
  }

  /** What to undo: all writes of a job, in any run, or the writes of this run. */
  async #undoIds(ended: readonly ChangeSetSummary[]): Promise<string | undefined> {
    const job = this.#job
    if (job !== undefined && this.#isRecorded) {
      const sets = await this.changesOf(job)
      const isLeft = sets.some((set) => set.undone < writtenOf(set))
      return isLeft ? `--job ${job}` : undefined
    }
    const written = ended.filter((set) => writtenOf(set) > 0).map(({ id }) => id)
    return written.length > 0 ? written.join(' ') : undefined
  }

  async #begin(
    flags: JournalFlags,
    { connection }: Pick<Client, 'connection'>,
  ): Promise<ChangeSet> {
    const { origin, teamId, botId } = connection
    const journal = await this.open()
    const set = journal.changeSet({
      ...this.facts(flags),
      job: this.#job,
      connection: { origin, teamId, botId },
    })
    this.#sets.push(set)
    return set
  }

  async #recover(client: Client, signal: AbortSignal): Promise<void> {
    const { messages, state } = this.#facts
    // A command that only reads does not wait for a database that it does not need.
    if (this.#journal === undefined && (await state.isShared())) return
    try {
      if (!(await state.mayNeedRecovery())) return
      const journal = await this.open()
      const recovery = await journal.recover(client, { signal, secrets: this.#secrets })
      await reportRecovery(messages, recovery)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      if (this.#isWriting) throw withOwnHint(error)
      // Commands that only read do not need the journal.
      await messages.say(`the journal cannot be used: ${error.message}`)
    }
  }

  get #settings(): JournalSettings {
    return settingsFromEnvironment(this.#io.env)
  }
}

const WITHOUT = 'Or pass --no-journal; then changes cannot be undone.'

/** The error with what to do about a journal on this machine; a database has its own hints. */
function withOwnHint(error: StorageError): StorageError {
  return isOfDatabase(error) ? error : error.withHint(folderHint(error))
}

function folderHint({ kind, hint }: StorageError): string {
  switch (kind) {
    case 'full':
      return `Free space there. ${WITHOUT}`
    case 'shared':
      return `${hint} ${WITHOUT}`
    case 'locked':
      return `Wait until the other process has ended. ${WITHOUT}`
    case 'damaged':
      return `Move the file away to start a new journal; then old changes cannot be undone. ${WITHOUT}`
    default:
      return `${STATE_FOLDER_HINT} ${WITHOUT}`
  }
}

/** The number of writes that took effect or may have. */
function writtenOf({ counts }: ChangeSetSummary): number {
  return counts.inserted + counts.updated + counts.deleted + counts.unknown
}

async function reportRecovery(messages: Messages, { settled, unsettled }: Recovery): Promise<void> {
  for (const id of settled) {
    await messages.note(`change set ${id} was interrupted; the outcome of its writes is now known`)
  }
  for (const { id, reason } of unsettled) {
    await messages.say(
      `change set ${id} was interrupted, and the outcome of its writes is still unknown: ${reason}`,
    )
  }
}
