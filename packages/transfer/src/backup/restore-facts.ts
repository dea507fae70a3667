/** What the job of a restore keeps of what it was asked to do. */
import type { Fingerprint } from '../job/fingerprint.ts'
import type { JobFacts } from '../job/job-types.ts'
import type { RestoredPart, RestorePart } from './restore-types.ts'

export interface RestoreFacts extends JobFacts {
  readonly kind: 'restore'
  /** The archive. */
  readonly input: {
    readonly name: string
    /** Absolute. */
    readonly path: string
    readonly fingerprint: Fingerprint
  }
  readonly parts: readonly RestorePart[]
  /** Folder for the files of rejected and unknown records. */
  readonly outDir: string
  /** Whether it is expected that the gateway stores some values otherwise than they are sent. */
  readonly acceptStored?: boolean | undefined
}

/** Progress of a restore, stored after each part. */
export interface RestoreProgressFacts {
  /** In the order of the parts; null for parts that have not started. */
  readonly restored: readonly (RestoredPart | null)[]
}
