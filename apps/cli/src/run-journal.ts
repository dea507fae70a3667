/** The journal of one run of the program: every write that its commands make goes into it. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Client, WriteListener } from '@chatlayer-tables/core'
import {
  type ChangeSet,
  type ChangeSetSummary,
  hasJournal,
  type Journal,
  mayNeedRecovery,
  openJournal,
  type Recovery,
  stateFolder,
} from '@chatlayer-tables/journal'
import type { JournalFlags } from './invocation.ts'
import type { Io } from './io.ts'
import { type JournalSettings, journalSettings } from './journal-settings.ts'
import type { Messages } from './output/messages.ts'

export interface RunFacts {
  /** The command's name, such as `records update`. */
  readonly command: string
  readonly messages: Messages
}

export class RunJournal {
  readonly #io: Io
  readonly #facts: RunFacts
  readonly #sets: ChangeSet[] = []
  /** Must not get into the journal. */
  readonly #secrets: string[] = []
  #journal: Journal | undefined
  #job: string | undefined
  #isKept = false

  constructor(io: Io, facts: RunFacts) {
    this.#io = io
    this.#facts = facts
  }

  /** The journal, which is opened once. @throws UsageError, ConfigurationError */
  open(): Journal {
    const { retention, redact } = this.#settings
    this.#journal ??= openJournal({ folder: this.#folder, retention, redact })
    return this.#journal
  }

  /** The job that this run works on: what is written from now on belongs to it. */
  set job(id: string) {
    this.#job = id
    for (const set of this.#sets) set.job = id
  }

  /** The change sets of a job, the newest first. Makes no journal where there is none. */
  changesOf(job: string): ChangeSetSummary[] {
    const isThere = this.#journal !== undefined || hasJournal(this.#folder)
    return isThere ? this.open().ofJob(job) : []
  }

  /** What a change set keeps of this run, but for its connection. */
  facts({ note }: JournalFlags) {
    return { tool: 'cli', command: this.#facts.command, note, secrets: this.#secrets }
  }

  /**
   * Makes a client whose writes are kept, unless that is switched off. What earlier runs on its
   * connection left open is settled first.
   *
   * @throws UsageError for a setting that cannot be read, ConfigurationError for a journal that cannot
   *   be opened
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
    this.#isKept = true
    let set: ChangeSet | undefined
    const client = make({
      before: (intent) => {
        set ??= this.#begin(flags, client)
        return set.before(intent)
      },
      after: (intent, outcome) => set?.after(intent, outcome),
    })
    try {
      await this.#recover(client, signal)
    } catch (error) {
      await client.close()
      throw error
    }
    return client
  }

  /** Whether runs that were broken off may have left something open. */
  get mayNeedRecovery(): boolean {
    return mayNeedRecovery(this.#folder)
  }

  /** Ends the change sets, tells how to undo them, and closes the journal. */
  async end(): Promise<void> {
    try {
      const ended = await Promise.all(this.#sets.map((set) => set.close()))
      const ids = this.#undoIds(ended.flat())
      if (ids !== undefined) await this.#facts.messages.note(`undo with: clt changes undo ${ids}`)
    } finally {
      await this.#journal?.close()
    }
  }

  /** What to undo: all that a job has written in any run, or what this run has written. */
  #undoIds(ended: readonly ChangeSetSummary[]): string | undefined {
    const job = this.#job
    if (job !== undefined && this.#isKept) {
      const isLeft = this.changesOf(job).some((set) => set.undone < writtenOf(set))
      return isLeft ? `--job ${job}` : undefined
    }
    const written = ended.filter((set) => writtenOf(set) > 0).map(({ id }) => id)
    return written.length > 0 ? written.join(' ') : undefined
  }

  #begin(flags: JournalFlags, { connection }: Client): ChangeSet {
    const { origin, teamId, botId } = connection
    const set = this.open().changeSet({
      ...this.facts(flags),
      job: this.#job,
      connection: { origin, teamId, botId },
    })
    this.#sets.push(set)
    return set
  }

  async #recover(client: Client, signal: AbortSignal): Promise<void> {
    if (!this.mayNeedRecovery) return
    await tellRecovery(
      this.#facts.messages,
      await this.open().recover(client, { signal, secrets: this.#secrets }),
    )
  }

  get #settings(): JournalSettings {
    return journalSettings(this.#io.env)
  }

  get #folder(): string {
    const { platform } = process
    return join(stateFolder({ platform, env: this.#io.env, home: homedir() }), 'journal')
  }
}

/** How many writes took effect, or may have. */
function writtenOf({ counts }: ChangeSetSummary): number {
  return counts.inserted + counts.updated + counts.deleted + counts.unknown
}

async function tellRecovery(messages: Messages, { settled, unsettled }: Recovery): Promise<void> {
  for (const id of settled) {
    await messages.note(`change set ${id} was broken off; how its writes ended was found out`)
  }
  for (const { id, reason } of unsettled) {
    await messages.say(`change set ${id} was broken off, and cannot be settled yet: ${reason}`)
  }
}
