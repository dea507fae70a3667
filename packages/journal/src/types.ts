/** What callers meet: change sets, the changes in them, and how undoing them went. */
import type { Table, Value, Values, Version } from '@chatlayer-tables/core'

/** Which bot's tables; no secret is part of it. */
export interface JournalConnection {
  readonly origin: string
  readonly teamId: string
  readonly botId: string
}

/** Who writes, where, and why. */
export interface ChangeSetFacts {
  /** Such as `cli` or `mcp`. */
  readonly tool: string
  /** The program that drives the tool, such as an MCP client's name. */
  readonly client?: string | undefined
  /** Such as `records update`; no values of records, since nothing is kept out of it. */
  readonly command?: string | undefined
  readonly note?: string | undefined
  readonly connection: JournalConnection
  /** Id of the job that the writes belong to. One that is known later is set on the change set. */
  readonly job?: string | undefined
  /** Texts that must stand nowhere in the journal, should a note or an error hold them. */
  readonly secrets?: readonly string[] | undefined
}

/** The table of a change set as it was then. */
export type JournalTable = Pick<Table, 'id' | 'name' | 'columns'>

/**
 * - `running`: its process is at work on it
 * - `unsettled`: of some writes it is not known yet whether they landed; it is found out at the next
 *   start with the same connection
 * - `settled`: every write has its outcome
 */
export type ChangeSetStatus = 'running' | 'unsettled' | 'settled'

/** How many writes ended how; `open` ones have not ended. */
export interface ChangeCounts {
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
  readonly rejected: number
  readonly unknown: number
  /** Inserts that turned out to be there already, as writes of an earlier change set. */
  readonly elsewhere: number
  readonly open: number
}

/** All writes of one run of a command to one table in one version. */
export interface ChangeSetSummary {
  readonly id: string
  readonly status: ChangeSetStatus
  readonly tool: string
  readonly client: string | undefined
  readonly command: string | undefined
  readonly note: string | undefined
  readonly connection: JournalConnection
  readonly table: JournalTable
  readonly version: Version
  /** ISO 8601. */
  readonly begunAt: string
  /** Undefined while it runs, and when its process was cut off. */
  readonly endedAt: string | undefined
  readonly counts: ChangeCounts
  /** The change set that this one undoes. */
  readonly undoes: string | undefined
  /** Id of the job that it belongs to. */
  readonly job: string | undefined
  /** How many of the writes that landed have been undone. */
  readonly undone: number
}

export type ChangeKind = 'inserted' | 'updated' | 'deleted'

export type ChangeStatus = 'open' | 'ok' | 'rejected' | 'unknown' | 'elsewhere'

/** One record's write. */
export interface RecordedChange {
  /** Its place in the change set, from 1, in the order in which the writes began. */
  readonly seq: number
  readonly change: ChangeKind
  readonly status: ChangeStatus
  /** The record's id; undefined for an insert whose id nobody told. */
  readonly id: string | undefined
  /** The values as they stood; undefined for an insert. Columns in `hidden.before` are left out. */
  readonly before: Values | undefined
  /**
   * The values that were written, as the gateway stored them where that is known; undefined for a
   * delete. Columns in `hidden.after` are omitted.
   */
  readonly after: Values | undefined
  /** Columns of `after` that the gateway stored otherwise than they were sent; mostly none. */
  readonly differences: readonly RecordedDifference[]
  /** Columns whose values are kept out of the journal, or only their hash is in it. */
  readonly hidden: { readonly before: readonly string[]; readonly after: readonly string[] }
  /** When its request was about to leave, and when its outcome was known. ISO 8601. */
  readonly at: string
  readonly endedAt: string | undefined
  /** Why it is not `ok`. */
  readonly problem: string | undefined
  readonly isUndone: boolean
}

/** A value that the gateway stored otherwise; undefined where the journal does not keep it. */
export interface RecordedDifference {
  readonly column: string
  readonly sent: Value | undefined
  readonly stored: Value | undefined
}

/** Which change sets to list; all that is given must hold. */
export interface ChangeSetFilter {
  /** A table's name or id. */
  readonly table?: string | undefined
  /** Ids of tables: changes of others are left out. */
  readonly tableIds?: readonly string[] | undefined
  readonly version?: Version | undefined
  readonly tool?: string | undefined
  /** Whole id of a job. */
  readonly job?: string | undefined
  readonly connection?: JournalConnection | undefined
  /** Begun at or after, and before; milliseconds since 1970. */
  readonly since?: number | undefined
  readonly until?: number | undefined
  /** 50 when left out. */
  readonly limit?: number | undefined
  /** How many to pass over first. */
  readonly offset?: number | undefined
}

export interface ChangePage {
  /** 100 when left out. */
  readonly limit?: number | undefined
  readonly offset?: number | undefined
  /** Only the changes of this record. */
  readonly record?: string | undefined
}

/** Why a change was not undone, or not wholly. */
export interface UndoProblem {
  /** The record's id as the change set has it. */
  readonly id: string | undefined
  readonly change: ChangeKind
  /**
   * - `conflict`: the record is not as the change left it
   * - `gone`: there is no such record any more
   * - `incomplete`: undone but for columns whose values the journal does not keep
   * - `unsettled`: it is not known whether the change landed
   * - `rejected`, `unknown`: as a write's outcome
   */
  readonly status: 'conflict' | 'gone' | 'incomplete' | 'unsettled' | 'rejected' | 'unknown'
  readonly reason: string
  readonly hint: string | undefined
  /** The columns that differ, or that could not be restored. */
  readonly columns: readonly string[]
}

export interface UndoCounts {
  /** Changes that were to be undone: `undone + unchanged + conflicts + gone + unsettled + rejected + unknown`. */
  readonly total: number
  readonly undone: number
  /** Records that were already as undoing would have left them. */
  readonly unchanged: number
  readonly conflicts: number
  readonly gone: number
  readonly unsettled: number
  readonly rejected: number
  readonly unknown: number
  /** Of those undone, how many lack values that the journal does not keep. */
  readonly incomplete: number
  /** Of those undone, how many updates took deleting the record and inserting it, under a new id. */
  readonly recreated: number
}

export interface UndoReport {
  /** The undo's own change set; undefined when it wrote nothing. */
  readonly id: string | undefined
  /** The change set that was undone. */
  readonly undoes: string
  readonly table: string
  readonly version: Version
  /** Whether it went on with an undo that was broken off. */
  readonly resumed: boolean
  readonly counts: UndoCounts
  /** The first 10,000. */
  readonly problems: readonly UndoProblem[]
}

/** What undoing all change sets of a job came to. */
export interface UndoJobReport {
  readonly job: string
  /** The change sets of the job, in the order in which they were undone: the newest first. */
  readonly undoes: readonly string[]
  /** The change sets to undo, in this order, to redo the job: undos of the job that are in force. */
  readonly ids: readonly string[]
  /** Whether it went on with an undo that was interrupted. */
  readonly resumed: boolean
  /** Sums over all change sets. */
  readonly counts: UndoCounts
  /** The first 10,000. */
  readonly problems: readonly UndoProblem[]
}

/** What settling the change sets of processes that are gone came to. */
export interface Recovery {
  /** Change sets in which every write has its outcome now. */
  readonly settled: readonly string[]
  /** Those of which some writes could not be looked for; it is tried again at the next start. */
  readonly unsettled: readonly { readonly id: string; readonly reason: string }[]
}

export interface RecoverOptions {
  readonly signal?: AbortSignal | undefined
  /** Texts that must stand nowhere in the journal, should an error hold them. */
  readonly secrets?: readonly string[] | undefined
}
