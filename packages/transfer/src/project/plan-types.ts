/** A plan: what applying a project would do. */
import type { Column, Values, Version } from '@chatlayer-tables/core'
import type { Difference, SideFacts } from '../compare/compare-types.ts'
import type { JobConnection } from '../job/job-types.ts'
import type { SyncCounts, SyncPhase } from '../sync/sync-types.ts'
import type { ProjectHost } from './project-host.ts'
import type { LimitName, Project, ProjectPlace } from './project-types.ts'

export interface PlanProjectOptions {
  readonly project: Project
  readonly host: ProjectHost
  /** Names of syncs (default: all). Schema and checks of other tables are then left out. */
  readonly only?: readonly string[] | undefined
  /** Limits that may be exceeded this once, such as `stores:deletes=50`; see {@link parseAllowance}. */
  readonly allow?: readonly Allowance[] | undefined
  /** Number of examples of differences of each sync (default: 10). */
  readonly examples?: number | undefined
  /**
   * Called with each difference that the sync of this name would write, and the compared columns: `a` is
   * the source, `b` the table, which gets the values of `a`; `added` is deleted.
   */
  readonly onDifference?: OnDifference | undefined
  readonly stop?: AbortSignal | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: ProjectProgress) => void) | undefined
}

export type OnDifference = (
  sync: string,
  difference: Difference,
  columns: readonly Column[],
) => void

/** A limit of a sync for one plan or apply, in place of that in the file. */
export interface Allowance {
  readonly sync: string
  readonly limit: LimitName
  readonly records: number
}

/** Always the same object, whose figures change. */
export interface ProjectProgress {
  /** Name of the sync; undefined while checks are evaluated. */
  readonly sync: string | undefined
  /** Its place, from 1, and how many there are. */
  readonly number: number
  readonly syncs: number
  readonly phase: 'reading' | SyncPhase | 'checking'
  /** Records read in this phase. */
  readonly records: number
  /** Writes that there are in the sync, and how they ended so far. */
  readonly planned: number
  readonly ok: number
  readonly rejected: number
  readonly unknown: number
}

/**
 * - `same`: nothing to do
 * - `changes`: there is something to do, and nothing forbids it
 * - `blocked`: a limit is exceeded, the schema drifted, a check is broken or a value cannot be written;
 *   an apply writes nothing
 */
export type PlanStatus = 'same' | 'changes' | 'blocked'

/** What applying a project would do. Plain data: can be kept as JSON, see {@link planFileOf}. */
export interface ProjectPlan {
  /** Version of this form. */
  readonly format: 1
  /** ISO 8601. */
  readonly createdAt: string
  readonly project: {
    readonly file: string
    readonly overlay?: string | undefined
    readonly digest: string
    /** Names of the syncs that were chosen; undefined for all. */
    readonly only?: readonly string[] | undefined
  }
  readonly status: PlanStatus
  /** In the order in which they are applied. */
  readonly syncs: readonly PlannedSync[]
  readonly schema: readonly TableDrift[]
  /** On what each table will hold. */
  readonly checks: readonly CheckResult[]
  /** Why an apply would write nothing, in words; empty unless the status is `blocked`. */
  readonly blocked: readonly Blocker[]
}

/** One reason not to write anything. */
export interface Blocker {
  readonly kind: 'limit' | 'drift' | 'check' | 'value'
  /** Name of the sync, or the table. */
  readonly about: string
  readonly message: string
  readonly hint?: string | undefined
  /** What allows it this once, where a limit is exceeded; see {@link parseAllowance}. */
  readonly allowance?: string | undefined
  readonly place?: ProjectPlace | undefined
}

export interface PlannedSync {
  readonly name: string
  /** The source as it is called in messages. */
  readonly from: string
  readonly source: SideFacts
  /** Such as `stores@draft`. */
  readonly to: string
  readonly table: {
    readonly connection: JobConnection
    readonly id: string
    readonly name: string
    readonly version: Version
  }
  /** Names of syncs of this plan that are applied before, since this one reads what they write. */
  readonly after: readonly string[]
  readonly key: readonly string[] | undefined
  readonly columns: readonly string[]
  readonly counts: SyncCounts
  /** Records of the table before, and as they will be. */
  readonly recordsBefore: number
  readonly recordsAfter: number
  readonly limits: readonly LimitResult[]
  /** Number of records to update by the columns that change. */
  readonly changedColumns: Readonly<Record<string, number>>
  /** The first differences, inserts first. */
  readonly examples: readonly PlannedChange[]
  readonly notes: readonly string[]
  readonly digests: PlanDigests
}

/** Hashes of contents, by which a plan recognizes what it was made of. */
export interface PlanDigests {
  /** The compared content of all records of the source, in any order. */
  readonly source: string
  /** Ids and compared content of all records of the table, in any order. */
  readonly table: string
  /** All writes, with the values that records have before, in any order. */
  readonly writes: string
}

export interface LimitResult {
  readonly limit: LimitName
  /** As written in the file, such as `10%`. */
  readonly written: string
  /** In records. */
  readonly allowed: number
  readonly found: number
  readonly exceeded: boolean
  /** Whether an allowance took the place of the limit in the file. */
  readonly overridden?: true | undefined
}

export type PlannedChange =
  | { readonly change: 'insert'; readonly values: Values }
  | {
      readonly change: 'update'
      readonly id: string
      /** Values of the key columns. */
      readonly key: Values
      /** The columns that change, with their values. */
      readonly before: Values
      readonly after: Values
    }
  | { readonly change: 'delete'; readonly id: string; readonly values: Values }

/** The difference between the expected columns of a table and those it has. */
export interface TableDrift {
  /** As written. */
  readonly table: string
  readonly drift: readonly ColumnDrift[]
}

export type ColumnDrift = {
  readonly column: string
  readonly place: ProjectPlace | undefined
} & (
  | {
      /** Expected, but the table does not have it. `renamed`: a column that it may be now. */
      readonly kind: 'missing'
      readonly type: string
      readonly renamed?: string | undefined
    }
  /** In the table, but not expected. */
  | { readonly kind: 'extra'; readonly type: string }
  | { readonly kind: 'type'; readonly expected: string; readonly type: string }
)

export interface CheckResult {
  /** As written. */
  readonly table: string
  readonly sql: string
  readonly ok: boolean
  /**
   * `planned`: on what the table will hold; `live`: on what it holds, where no sync writes to it, and
   * after an apply.
   */
  readonly on: 'planned' | 'live'
  /** What was found where the check is broken, such as `count(*) is 87`. */
  readonly found: string | undefined
  readonly place: ProjectPlace
}

/** A plan that was kept, to be applied exactly. */
export interface PlanFile extends Pick<ProjectPlan, 'format' | 'createdAt' | 'project'> {
  readonly kind: 'chatlayer-plan'
  readonly syncs: readonly Pick<
    PlannedSync,
    'name' | 'from' | 'to' | 'table' | 'counts' | 'digests'
  >[]
}
