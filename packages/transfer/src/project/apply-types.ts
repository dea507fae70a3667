/** An apply: how a project is applied, and how it ended. */
import type { ChatlayerError } from '@chatlayer-tables/core'
import type { Job } from '../job/job.ts'
import type { JobStore } from '../job/job-store.ts'
import type { JobOptions, JobReport } from '../job/job-types.ts'
import type { SyncCounts, SyncProblem, SyncReport } from '../sync/sync-types.ts'
import type {
  CheckResult,
  PlanFile,
  PlanProjectOptions,
  ProjectPlan,
  ProjectProgress,
} from './plan-types.ts'
import type { ProjectHost } from './project-host.ts'

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
  /** The id of the order in a queue that this carries out; kept in the facts of the job. */
  readonly queued?: string | undefined
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
