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
  /** Where rejected and unknown records are put. */
  readonly outDir: string
  /** Whether it is expected that the gateway stores some values otherwise than they are sent. */
  readonly acceptStored?: boolean | undefined
}

/** How far a restore has come; kept whenever a part of it has. */
export interface RestoreProgressFacts {
  /** By the place of their part; null for those that were not begun. */
  readonly restored: readonly (RestoredPart | null)[]
}
