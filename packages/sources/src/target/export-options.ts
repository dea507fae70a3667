/** The options and the report of an export to a database. Pure. */
import {
  type Client,
  InvalidInputError,
  type QueryOptions,
  type TableHandle,
  type Version,
} from '@chatlayer-tables/core'
import type { WholeReason } from './last-run.ts'
import type { MergeCounts, Privilege, TargetSession } from './session.ts'

export interface DatabaseExportOptions extends Pick<QueryOptions, 'where' | 'limit'> {
  readonly client: Client
  readonly table: TableHandle
  readonly session: TargetSession
  /** The columns to write, by name (default: all of the table). The id and dates are always written. */
  readonly select?: readonly string[] | undefined
  /** Inserts records as new rows, and changes none. */
  readonly append?: boolean | undefined
  /** Deletes rows whose record is gone. */
  readonly delete?: boolean | undefined
  /** Deletes all rows where the table has no record. */
  readonly allowEmpty?: boolean | undefined
  readonly addColumns?: boolean | undefined
  /** Reads only what has changed since the last run with this option, where that is certain. */
  readonly sinceLast?: boolean | undefined
  /** How long after a whole reading the next one is due, in milliseconds (default: a day). */
  readonly wholeEveryMs?: number | undefined
  readonly dryRun?: boolean | undefined
  /** Whether to wait for another export to the same table (default: true). */
  readonly wait?: boolean | undefined
  readonly onWait?: (() => void) | undefined
  /**
   * Called before rows are deleted; throws if that is not wanted.
   *
   * @param isOwn whether an earlier run with `sinceLast` wrote this table there
   */
  readonly confirmDeletes?: ((count: number, isOwn: boolean) => Promise<void>) | undefined
  /** Called with the number of records read so far. */
  readonly onProgress?: ((records: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface DatabaseExportReport extends MergeCounts {
  /** The table's name. */
  readonly table: string
  readonly version: Version
  /** The database and its table. */
  readonly to: string
  /** Whether the whole table was read, or its changes. */
  readonly read: 'all' | 'changes'
  /** Why all of it, with `sinceLast`. */
  readonly why: WholeReason | undefined
  /** How many were read. */
  readonly records: number
  /** Those that were read and have an equal row. */
  readonly unchanged: number
  /** Whether the database's table was created. */
  readonly created: boolean
  readonly addedColumns: readonly string[]
  /** Names under which records have values, but which are not columns of the table. */
  readonly leftOut: readonly string[]
  readonly elapsedMs: number
}

/** @throws InvalidInputError for options that contradict each other */
export function checkCombination(options: DatabaseExportOptions): void {
  const refuse = (field: string, message: string): InvalidInputError =>
    new InvalidInputError(message, { field, hint: 'Nothing was read. Omit one of them.' })
  const isPart = options.where !== undefined || options.limit !== undefined
  if (options.append && options.delete) throw refuse('delete', 'append and delete contradict')
  if (isPart && options.delete) {
    throw refuse('delete', 'rows of records that were not selected would be deleted')
  }
  if (isPart && options.sinceLast) {
    throw refuse('sinceLast', 'changes of selected records only cannot be determined')
  }
}

/** What the user of the database needs to be allowed. */
export function privileges({
  append,
  delete: deletes,
  sinceLast,
}: DatabaseExportOptions): Privilege[] {
  const needs: Privilege[] = ['select', 'insert']
  if (!append) needs.push('update')
  if (deletes) needs.push('delete')
  if (sinceLast) needs.push('state')
  return needs
}
