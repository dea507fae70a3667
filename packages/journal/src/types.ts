/** The public types: change sets, their changes, and the reports of undos. */
import type { Table, Value, Values, Version } from '@chatlayer-tables/core'

/** The bot of a change set; holds no secret. */
export interface JournalConnection {
  readonly origin: string
  readonly teamId: string
  readonly botId: string
}

/** The program that writes, its connection, and a note. */
export interface ChangeSetFacts {
  /** The tool, such as `cli` or `mcp`. */
  readonly tool: string
  /** The program that drives the tool, such as an MCP client's name. */
  readonly client?: string | undefined
  /** The signed-in caller of the tool. */
  readonly principal?: string | undefined
  /** The command, such as `records update`; without values of records, since nothing in it is hidden. */
  readonly command?: string | undefined
  readonly note?: string | undefined
  readonly connection: JournalConnection
  /** Id of the job of the writes. A job that is known later is set on the change set. */
  readonly job?: string | undefined
  /** The call of the writes; see {@link HeldCall.begin}. */
  readonly call?: number | undefined
  /** Texts to mask in notes and errors that the journal keeps. */
  readonly secrets?: readonly string[] | undefined
}

/** The table of a change set at that time. */
export type JournalTable = Pick<Table, 'id' | 'name' | 'columns'>

/**
 * - `running`: its process still writes to it
 * - `unsettled`: the outcome of some writes is unknown; it is determined at the next start with the same
 *   connection
 * - `settled`: every write has its outcome
 */
export type ChangeSetStatus = 'running' | 'unsettled' | 'settled'

/** The number of writes by outcome; `open` ones have none. */
export interface ChangeCounts {
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
  readonly rejected: number
  readonly unknown: number
  /** Inserts whose record an earlier change set had written. */
  readonly elsewhere: number
  readonly open: number
}

/** All writes of one run of a command to one table in one version. */
export interface ChangeSetSummary {
  readonly id: string
  readonly status: ChangeSetStatus
  /** The machine that wrote; undefined in the journal of one machine. */
  readonly host: string | undefined
  readonly tool: string
  readonly client: string | undefined
  readonly principal: string | undefined
  readonly command: string | undefined
  readonly note: string | undefined
  readonly connection: JournalConnection
  readonly table: JournalTable
  readonly version: Version
  /** ISO 8601. */
  readonly begunAt: string
  /** Undefined while it runs, and when its process was killed. */
  readonly endedAt: string | undefined
  readonly counts: ChangeCounts
  /** The change set that this one undoes. */
  readonly undoes: string | undefined
  /** Id of its job. */
  readonly job: string | undefined
  /** The number of its writes that have been undone. */
  readonly undone: number
}

export type ChangeKind = 'inserted' | 'updated' | 'deleted'

export type ChangeStatus = 'open' | 'ok' | 'rejected' | 'unknown' | 'elsewhere'

/** One record's write. */
export interface RecordedChange {
  /** Its place in the change set, from 1, in the order of the writes' begin. */
  readonly seq: number
  readonly change: ChangeKind
  readonly status: ChangeStatus
  /** The record's id; undefined for an insert whose id no response showed. */
  readonly id: string | undefined
  /** The values before the change; undefined for an insert. Columns in `hidden.before` are omitted. */
  readonly before: Values | undefined
  /**
   * The values that were written, as the gateway stored them where that is known; undefined for a
   * delete. Columns in `hidden.after` are omitted.
   */
  readonly after: Values | undefined
  /** Columns of `after` that the gateway stored otherwise than sent; mostly none. */
  readonly differences: readonly RecordedDifference[]
  /** Columns whose values the journal does not keep, or only as a hash. */
  readonly hidden: { readonly before: readonly string[]; readonly after: readonly string[] }
  /** When its request was about to be sent, and when its outcome was known. ISO 8601. */
  readonly at: string
  readonly endedAt: string | undefined
  /** Why it is not `ok`. */
  readonly problem: string | undefined
  readonly isUndone: boolean
}

/** A value that the gateway stored otherwise than sent; undefined where the journal does not keep it. */
export interface RecordedDifference {
  readonly column: string
  readonly sent: Value | undefined
  readonly stored: Value | undefined
}

/** The change sets to list: those that match all conditions. */
export interface ChangeSetFilter {
  /** A table's name or id. */
  readonly table?: string | undefined
  /** Ids of tables: changes of others are omitted. */
  readonly tableIds?: readonly string[] | undefined
  readonly version?: Version | undefined
  readonly tool?: string | undefined
  /** The whole id of a job. */
  readonly job?: string | undefined
  readonly connection?: JournalConnection | undefined
  /** Begun at or after, and before; milliseconds since 1970. */
  readonly since?: number | undefined
  readonly until?: number | undefined
  /** Default: 50. */
  readonly limit?: number | undefined
  /** The number of change sets to skip first (default: 0). */
  readonly offset?: number | undefined
}

export interface ChangePage {
  /** Default: 100. */
  readonly limit?: number | undefined
  readonly offset?: number | undefined
  /** Only the changes of this record. */
  readonly record?: string | undefined
}

/** Why a change was not undone, or not completely. */
export interface UndoProblem {
  /** The record's id as the change set has it. */
  readonly id: string | undefined
  readonly change: ChangeKind
  /**
   * - `conflict`: the record has changed since
   * - `gone`: the record does not exist any more
   * - `incomplete`: undone except for columns whose values the journal does not keep
   * - `unsettled`: the outcome of the change is unknown
   * - `rejected`, `unknown`: the outcome of the undo's write
   */
  readonly status: 'conflict' | 'gone' | 'incomplete' | 'unsettled' | 'rejected' | 'unknown'
  readonly reason: string
  readonly hint: string | undefined
  /** The columns that differ, or that could not be restored. */
  readonly columns: readonly string[]
}

export interface UndoCounts {
  /** Changes to undo: `undone + unchanged + conflicts + gone + unsettled + rejected + unknown`. */
  readonly total: number
  readonly undone: number
  /** Records that already had the values to restore. */
  readonly unchanged: number
  readonly conflicts: number
  readonly gone: number
  readonly unsettled: number
  readonly rejected: number
  readonly unknown: number
  /** The undone changes without the values that the journal does not keep. */
  readonly incomplete: number
  /** The undone updates whose record was deleted and inserted again, under a new id. */
  readonly recreated: number
}

export interface UndoReport {
  /** The undo's own change set; undefined when it wrote nothing. */
  readonly id: string | undefined
  /** The change set that was undone. */
  readonly undoes: string
  readonly table: string
  readonly version: Version
  /** Whether it continued an interrupted undo. */
  readonly resumed: boolean
  readonly counts: UndoCounts
  /** The first 10,000. */
  readonly problems: readonly UndoProblem[]
}

/** The result of undoing all change sets of a job. */
export interface UndoJobReport {
  readonly job: string
  /** The change sets of the job in the order of their undo: the newest first. */
  readonly undoes: readonly string[]
  /** The change sets to undo, in this order, to redo the job: its effective undos. */
  readonly ids: readonly string[]
  /** Whether it continued an interrupted undo. */
  readonly resumed: boolean
  /** Sums over all change sets. */
  readonly counts: UndoCounts
  /** The first 10,000. */
  readonly problems: readonly UndoProblem[]
}

/** The result of resolving unknown outcomes. */
export interface Recovery {
  /** Change sets whose writes all have an outcome now. */
  readonly settled: readonly string[]
  /** Change sets with writes that could not be checked; that is retried at the next start. */
  readonly unsettled: readonly { readonly id: string; readonly reason: string }[]
}

export interface RecoverOptions {
  readonly signal?: AbortSignal | undefined
  /** Texts to mask in errors that the journal keeps. */
  readonly secrets?: readonly string[] | undefined
}
