/** A project: what `chatlayer.yaml` says, the plan that it comes to, and how applying it ended. */
import type { ChatlayerError, Column, Values, Version } from '@chatlayer-tables/core'
import type { SideFacts } from '../compare/compare-types.ts'
import type { Job } from '../job/job.ts'
import type { JobStore } from '../job/job-store.ts'
import type { JobConnection, JobOptions, JobReport } from '../job/job-types.ts'
import type { ReadingSettings } from '../rows/reading-settings.ts'
import type {
  SyncCounts,
  SyncPhase,
  SyncProblem,
  SyncReport,
  SyncSource,
  SyncTarget,
} from '../sync/sync-types.ts'

/** Where something is written in `chatlayer.yaml`, or in the file of an overlay. */
export interface ProjectPlace {
  /** The file's name, as it was passed. */
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly column: number
  /** Such as `syncs.stores.key`. */
  readonly path: string
}

/** A project that is valid, with its overlay, and with all references to the environment replaced. */
export interface Project {
  /** The name of `chatlayer.yaml`, as it was passed. Paths in it are relative to its folder. */
  readonly file: string
  /** The overlay that was chosen. */
  readonly overlay: string | undefined
  readonly connection: ProjectConnection
  /** In the order of the file. */
  readonly syncs: readonly SyncSpec[]
  readonly schema: readonly TableSchema[]
  readonly checks: readonly TableChecks[]
  readonly onFailure: FailureHook | undefined
  /** Changes when the meaning of the project changes; the values of the environment are not part of it. */
  readonly digest: string
}

/** The connection of tables that name no profile; what is absent comes from flags, environment and profile. */
export interface ProjectConnection {
  readonly profile?: string | undefined
  readonly region?: string | undefined
  readonly baseUrl?: string | undefined
  readonly team?: string | undefined
  readonly bot?: string | undefined
}

/**
 * A command to run, or an address to report to, when a run fails. References to the environment are
 * as they are written: `expandReferences` replaces those of a webhook and its headers, a shell those of
 * a command.
 */
export interface FailureHook {
  readonly command?: string | undefined
  readonly webhook?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly place: ProjectPlace
}

/** Where a sync reads from. */
export interface SourceSpec {
  /**
   * What it is: `any` for the short form, whose kind the text shows as it does for every command
   * (`data/stores.csv`, `stores@draft`, `postgres://…`).
   */
  readonly kind: 'any' | 'file' | 'table' | 'url'
  /** A path relative to the folder of `chatlayer.yaml`, `[profile:]table[@version]`, or an address. */
  readonly text: string
  /** The same as written, without values of the environment: the name in messages. */
  readonly label: string
  /** An SQL query in place of the table in the address. */
  readonly query?: string | undefined
  /**
   * How an HTTP API is read. Headers and parameters keep their references to the environment, so that
   * no secret is in a project: the sources package replaces them.
   */
  readonly http: SourceHttp
  /** How a file is read. */
  readonly reading: Omit<ReadingSettings, 'map' | 'ignore'>
  readonly place: ProjectPlace
}

/** Settings of an HTTP API, with the names of the settings of the sources package. */
export interface SourceHttp {
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly [setting: string]: unknown
}

/** One sync of `syncs`. */
export interface SyncSpec {
  readonly name: string
  readonly from: SourceSpec
  /** The table that is written, as `[profile:]table[@draft|@live]`. */
  readonly to: string
  readonly toPlace: ProjectPlace
  /** The key columns (default: whole records are compared). */
  readonly key: readonly string[] | undefined
  /** Columns of the table by the source's names for them; null for a column that is not taken. */
  readonly columns: Readonly<Record<string, string | null>>
  /** SQL expressions over the source's row, by the table's column. */
  readonly transform: Readonly<
    Record<string, { readonly sql: string; readonly place: ProjectPlace }>
  >
  /** An SQL condition over the source's row; other rows are not taken. */
  readonly where: { readonly sql: string; readonly place: ProjectPlace } | undefined
  /** Columns that are neither compared nor written. */
  readonly ignore: readonly string[]
  readonly delete: boolean
  readonly allowEmpty: boolean
  readonly acceptStored: boolean
  /** Whether the first rejected write stops the apply (default: the other writes of the sync are sent). */
  readonly stopOnError: boolean
  readonly limits: Limits
  readonly limitPlaces: Readonly<Partial<Record<LimitName, ProjectPlace>>>
  readonly place: ProjectPlace
}

/** What a limit counts; `changes` is all of them together. */
export const LIMIT_NAMES = ['changes', 'inserts', 'updates', 'deletes'] as const

export type LimitName = (typeof LIMIT_NAMES)[number]

/** A number of records, or a percentage of the records that the table has before. */
export type Limit = { readonly records: number } | { readonly percent: number }

export type Limits = Readonly<Partial<Record<LimitName, Limit>>>

/** The columns that a table is expected to have. */
export interface TableSchema {
  /** `[profile:]table[@version]`; the columns of a table are the same in both versions. */
  readonly table: string
  readonly columns: readonly (Column & { readonly place: ProjectPlace })[]
  readonly place: ProjectPlace
}

export interface TableChecks {
  /** `[profile:]table[@version]`. */
  readonly table: string
  readonly checks: readonly CheckSpec[]
}

export interface CheckSpec {
  /** An SQL condition, such as `count(*) > 100`. */
  readonly sql: string
  readonly place: ProjectPlace
}

export interface ParseOptions {
  /** The name of the file in messages. */
  readonly file: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** The name of an overlay: of `overlays` in the file, and of `chatlayer.NAME.yaml` next to it. */
  readonly overlay?: string | undefined
  /**
   * Reads a file next to `chatlayer.yaml`: `chatlayer.NAME.yaml` of an overlay, and the file of
   * `schema`. Undefined where there is none.
   */
  readonly read?: ((path: string) => string | undefined) | undefined
}

/** What the application provides. */
export interface ProjectHost {
  /**
   * Opens a table of `[profile:]table[@version]`, with the project's connection where no profile is named.
   *
   * @param purpose a table that is written to must be asked for as such: LIVE only by `@live`
   */
  openTable(
    reference: string,
    purpose: 'read' | 'write',
    connection: ProjectConnection,
  ): Promise<OpenedTable>
  /**
   * Opens a source. It may be opened again for a later plan. A stream is not read before its first
   * bytes are asked for.
   */
  openSource(spec: SourceSpec, connection: ProjectConnection): Promise<OpenedSource>
  /** A folder for temporary files, which only the user may read (default: one of the system). */
  readonly temporaryFolder?: string | undefined
}

/** A table and its connection; disposed of when it is not needed any more. */
export interface OpenedTable {
  /** By its id, so that it may be renamed meanwhile. */
  readonly handle: SyncTarget
  readonly connection: JobConnection
  /**
   * Takes the lock under which one process at a time writes to the table by comparison. Called for each
   * table before the first comparison of an apply, in the same order in every process.
   */
  readonly lock?: (() => Promise<Disposable | undefined>) | undefined
  readonly close?: (() => Promise<void>) | undefined
}

export interface OpenedSource {
  readonly source: SyncSource
  readonly notes?: readonly string[] | undefined
  readonly close?: (() => Promise<void>) | undefined
}

export interface PlanProjectOptions {
  readonly project: Project
  readonly host: ProjectHost
  /** Names of syncs (default: all). Schema and checks of other tables are then left out. */
  readonly only?: readonly string[] | undefined
  /** Limits that may be exceeded this once, such as `stores:deletes=50`; see {@link parseAllowance}. */
  readonly allow?: readonly Allowance[] | undefined
  /** Number of examples of differences of each sync (default: 10). */
  readonly examples?: number | undefined
  readonly stop?: AbortSignal | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: ProjectProgress) => void) | undefined
}

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

export interface ApplyRunOptions extends JobOptions<ApplyStart, ProjectProgress> {
  readonly host: ProjectHost
  /** Called when a sync has ended. */
  readonly onSynced?: ((synced: AppliedSync) => void) | undefined
  /** Called for each write that is not well. */
  readonly onProblem?: ((sync: string, problem: SyncProblem) => void) | undefined
}

export interface ApplyOptions
  extends ApplyRunOptions,
    Pick<PlanProjectOptions, 'project' | 'only' | 'allow' | 'examples'> {
  /** Where the job is kept. */
  readonly store: JobStore
  /** The plan that was reviewed: what would be written otherwise is refused. */
  readonly plan?: PlanFile | undefined
  /** Age in milliseconds after which `plan` is refused (default: 24 hours). */
  readonly maxPlanAgeMs?: number | undefined
  /**
   * Called once it is known what there is to do, before anything is written, also where the plan is
   * blocked. What it throws ends the apply with nothing written.
   */
  readonly onPlan?: ((plan: ProjectPlan) => void | Promise<void>) | undefined
}

export interface ResumeApplyOptions extends ApplyRunOptions {
  readonly job: Job
}

export interface ApplyStart {
  readonly job: string
  readonly resumed: boolean
  readonly syncs: readonly {
    readonly name: string
    readonly to: string
    readonly plan: SyncCounts
  }[]
}

export interface AppliedSync {
  readonly name: string
  /** Such as `stores@draft`. */
  readonly to: string
  /** Its `finished`: whether nothing is left to do in this sync. */
  readonly report: SyncReport
}

export interface ApplyReport extends JobReport {
  /** Undefined where there was nothing to do. */
  readonly job: string | undefined
  /** Of an apply that was begun now. */
  readonly plan: ProjectPlan | undefined
  /** Syncs that have begun, in their order. */
  readonly syncs: readonly AppliedSync[]
  /** Names of syncs that were not begun. */
  readonly left: readonly string[]
  /** On what the tables hold now; undefined where the apply did not get that far. */
  readonly checks: readonly CheckResult[] | undefined
  /** Why the checks could not be evaluated. */
  readonly notChecked: ChatlayerError | undefined
  /** Whether all was written, was read back equal, and no check is broken. */
  readonly ok: boolean
}
