/** One connection to a database that a table is written to. */
import type { Cell } from './cells.ts'
import type { ExistingTable, PlannedColumn, TargetPlan } from './existing-table.ts'
import type { TargetKind } from './holders.ts'

export interface LockRequest {
  /** Whether to wait for another export to the same table. */
  readonly wait: boolean
  readonly onWait?: (() => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface MergeRequest {
  readonly plan: TargetPlan
  /** Inserts only: every record, or those whose version the table does not have. */
  readonly append: 'all' | 'new versions' | undefined
  /** Whether rows whose record is not staged are deleted. */
  readonly deletes: boolean
  /** Called before the transaction is committed; what it throws undoes everything. */
  readonly check: (counts: MergeCounts) => void
  /** Stored with the data, in the same transaction. */
  readonly state: ((facts: TableFacts) => string) | undefined
  /** Undoes everything after it was counted. */
  readonly dryRun: boolean
}

/** The table after a merge, or before one. */
export interface TableFacts {
  readonly rows: number
  /** The latest `updated_at`, as the database shows it; undefined where there is none. */
  readonly latest: string | undefined
}

export interface MergeCounts {
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
}

/** What a user of the database needs to be allowed; `state`: to keep the state of runs next to the table. */
export type Privilege = 'select' | 'insert' | 'update' | 'delete' | 'state'

/**
 * Methods are called in this order. Every one throws SideError when the database rejects it or is gone.
 * Nothing is changed in the table before `merge`, which is one transaction.
 */
export interface TargetSession extends AsyncDisposable {
  readonly kind: TargetKind
  /** See `Side.name`. */
  readonly name: string
  /** @throws SideError where it is held and must not be waited for, the reason of an abort */
  lock(request: LockRequest): Promise<void>
  /**
   * The table as it is; undefined where it does not exist.
   *
   * @throws SideError where it, or its schema, may not be written
   */
  describe(needs: readonly Privilege[]): Promise<ExistingTable | undefined>
  /** The statements that add columns to the table. */
  addStatement(columns: readonly PlannedColumn[]): string
  /** What the last run stored, and the table now. */
  lastRun(updatedAt: string): Promise<{ state: string | undefined; facts: TableFacts }>
  /** How many rows are dated at or after an instant: canonical, with six fraction digits. */
  countSince(updatedAt: string, instant: string): Promise<number>
  /** Begins an empty staging table. */
  stage(plan: TargetPlan): Promise<void>
  /** Rows in the order of the planned columns. */
  add(rows: readonly (readonly Cell[])[]): Promise<void>
  /** After the last row. */
  endStage(): Promise<void>
  /** How many rows a merge would delete. */
  countDeletes(): Promise<number>
  merge(request: MergeRequest): Promise<MergeCounts>
}
