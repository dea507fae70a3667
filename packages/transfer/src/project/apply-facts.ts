/** What the job of an apply keeps of what it was asked to do. */
import type { CompareCounts } from '../compare/compare-types.ts'
import type { JobFacts } from '../job/job-types.ts'
import type { SyncFacts } from '../sync/sync-facts.ts'
import type { SyncReport } from '../sync/sync-types.ts'
import type { CheckResult } from './plan-types.ts'
import type { ProjectConnection, SourceSpec, TableChecks } from './project-types.ts'

export interface ApplyFacts extends JobFacts {
  readonly kind: 'apply'
  /** The id of the order in a queue that it carries out. */
  readonly queued?: string | undefined
  readonly project: {
    readonly file: string
    readonly overlay?: string | undefined
    readonly connection: ProjectConnection
  }
  /** In the order in which they are applied. */
  readonly parts: readonly ApplyPart[]
  /** To be evaluated at the end. */
  readonly checks: readonly TableChecks[]
}

/** One sync. */
export interface ApplyPart {
  readonly name: string
  /** The table as written in the project, and as it is called in messages. */
  readonly reference: string
  readonly to: string
  readonly after: readonly string[]
  /** The source, where it is a table, which is opened again to be read back. */
  readonly source?: SourceSpec | undefined
  readonly sync: SyncFacts
  readonly counts: CompareCounts
}

/** Progress of an apply, stored after each sync. */
export interface ApplyProgressFacts {
  /** In the order of the parts; null for those that have not ended. */
  readonly synced: readonly (SyncReport | null)[]
  readonly checks?: readonly CheckResult[] | undefined
}
