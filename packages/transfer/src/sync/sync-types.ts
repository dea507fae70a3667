/** What a sync is asked to do, and what it reports. */
import type {
  ChatlayerError,
  Column,
  Outcome,
  TableHandle,
  UpdateById,
  Version,
} from '@chatlayer-tables/core'
import type {
  CompareCounts,
  ComparedTable,
  CompareOptions,
  CompareSettings,
  Difference,
  SideFacts,
  SideInput,
} from '../compare/compare-types.ts'
import type { JobStore } from '../job/job-store.ts'
import type { InsertTarget, JobConnection, JobReport, Outcomes } from '../job/job-types.ts'
import type { RowProgress, RowRunOptions } from '../job/row-run.ts'
import type { WriteProblem } from '../rows/row-problem.ts'

/** What a sync needs of the table that it changes; a `TableHandle` of the client is one. */
export interface SyncTarget
  extends ComparedTable,
    InsertTarget,
    Pick<TableHandle, 'get' | 'count'> {
  updateMany(...args: Parameters<TableHandle['updateMany']>): AsyncIterable<Outcome<UpdateById>>
  deleteById(...args: Parameters<TableHandle['deleteById']>): Outcomes<string>
  readonly preview: Pick<TableHandle['preview'], 'insert' | 'updateById'>
}

/** What the table is made equal to. */
export type SyncSource =
  | {
      readonly kind: 'table'
      readonly table: ComparedTable
      readonly connection: JobConnection
    }
  | Extract<SideInput, { kind: 'file' }>

/** What a sync is asked to do; kept with its job, so it is plain data. */
export interface SyncSettings extends CompareSettings {
  /** Whether records that the source lacks are deleted; they stay otherwise. */
  readonly delete: boolean
  /** Whether all records may be deleted where the source has none. */
  readonly allowEmpty?: boolean | undefined
  /** Rejected writes of one run after which it stops (default: no limit). */
  readonly maxErrors?: number | undefined
  /** Whether it is expected that the gateway stores some values otherwise than they are sent. */
  readonly acceptStored?: boolean | undefined
}

/** What every run of a sync is given. */
export interface SyncRunOptions extends RowRunOptions<SyncStart, SyncProgress, SyncProblem> {
  /** The table that is changed. */
  readonly table: SyncTarget
  readonly connection: JobConnection
  /**
   * Called before the sides are compared: takes the lock under which one process at a time writes to
   * the table by comparison. Released when the run has ended. What it throws ends the sync with
   * nothing written.
   */
  readonly lockTable?: (() => Promise<AsyncDisposable | undefined>) | undefined
}

/** What is compared to know what there is to do. */
export interface SyncInputs
  extends Pick<SyncRunOptions, 'table' | 'connection' | 'stop' | 'signal' | 'onProgress'> {
  readonly source: SyncSource
  readonly settings: SyncSettings
  readonly onRecord?: CompareOptions['onRecord']
}

export interface SyncOptions extends SyncRunOptions {
  /** Where the job is kept. */
  readonly store: JobStore
  readonly source: SyncSource
  readonly settings: SyncSettings
  /** Names of saved connections, kept for resuming the job. */
  readonly profiles?: SyncProfiles | undefined
  /**
   * Called once it is known what there is to do, before anything is written. What it throws ends the
   * sync with nothing written.
   */
  readonly onPlan?: ((plan: SyncPlan) => void | Promise<void>) | undefined
}

export interface SyncProfiles {
  readonly source?: string | undefined
  readonly target?: string | undefined
}

/** What there is to do to make a table equal to its source. */
export interface SyncCounts {
  readonly inserts: number
  readonly updates: number
  readonly deletes: number
  /** Records that the source lacks and that stay. */
  readonly extra: number
  /** Records that are as they should be. */
  readonly same: number
}

/** Writes that will be refused before anything is sent, such as a null that has no form on the wire. */
export interface SyncRefusals {
  readonly count: number
  /** By the column whose value is refused, where one is. */
  readonly columns: ReadonlyMap<string, number>
  /** Why the first of them will be. */
  readonly first: ChatlayerError | undefined
  /** The values of its key, as texts; all of its values without a key. */
  readonly firstKey: Readonly<Record<string, string | null>> | undefined
}

export interface SyncPlan extends SyncCounts {
  /** The source, and the table that is changed. */
  readonly a: SideFacts
  readonly b: SideFacts
  readonly columns: readonly Column[]
  readonly key: readonly string[] | undefined
  /** Columns of the table that are omitted: null in new records, and as they are in others. */
  readonly uncompared: readonly string[]
  /** Columns of the source that the table does not have; not those that the settings omit. */
  readonly notWritten: readonly string[]
  /** Records that match the selection in the table, but whose records in the source do not. */
  readonly unselected: number
  readonly refusals: SyncRefusals
  /** From the source (a) to the table (b): what is `removed` on this way is to be inserted. */
  differences(): Iterable<Difference>
}

export interface SyncStart {
  readonly job: string
  readonly resumed: boolean
  readonly source: string
  readonly table: string
  readonly version: Version
  readonly plan: SyncCounts
}

export type SyncPhase = 'comparing' | 'inserting' | 'updating' | 'deleting' | 'verifying'

export interface SyncProgress extends RowProgress {
  readonly phase: SyncPhase
  /** Records read so far of the side that is being read, while comparing and verifying. */
  readonly records: number
  /** Writes that there are in all. */
  readonly planned: number
}

/** One write that is not well. */
export interface SyncProblem extends Omit<WriteProblem, 'value'> {
  readonly change: 'insert' | 'update' | 'delete'
  /** The record's values in the key's columns, as texts; without a key all of its values, cut short. */
  readonly key: Readonly<Record<string, string | null>>
  /** Id of the record in the table, where it is known; undefined for most inserts. */
  readonly id: string | undefined
}

/** What the last reading of both sides found. */
export interface ReadBack {
  /** Whether the table is as it should be: equal to the source, but for extra records unless deleted. */
  readonly equal: boolean
  /** Undefined where the sides cannot be compared any more; `error` says why. */
  readonly counts: CompareCounts | undefined
  readonly error: ChatlayerError | undefined
  /**
   * Whether the sides differ by nothing but values that the gateway stored otherwise than they were
   * sent.
   */
  readonly onlyStored: boolean
  /** Records that the table should hold after the writes of the job, from `least` to `most`. */
  readonly least: number
  readonly most: number
  /** Whether it holds that many; also true where it could not be read. */
  readonly fits: boolean
}

/** `inserted + updated + deleted + rejected + unknown + unsent = inserts + updates + deletes`. */
export interface SyncReport extends JobReport {
  /** Undefined where there was nothing to do. */
  readonly job: string | undefined
  readonly source: string
  readonly table: string
  readonly version: Version
  /** Set where only some records were compared and written. */
  readonly selected?: true | undefined
  readonly plan: SyncCounts
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
  /** Refused, by us or by the gateway; records that changed since the plan among them. */
  readonly rejected: number
  /** Perhaps written: sent without a response, and a search did not resolve it. */
  readonly unknown: number
  readonly unsent: number
  /** Records in which the gateway stored some values otherwise than they were sent. */
  readonly storedOtherwise: number
  /** The first of those that are not well. */
  readonly problems: readonly SyncProblem[]
  /** Undefined where the run ended before. */
  readonly readBack: ReadBack | undefined
}
