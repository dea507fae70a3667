/** Situations that errors of this package report, so that a program can word the hint with its commands. */

// No interfaces: only a type alias is assignable to a record of unknown values.
export type JobRef = { readonly job: string }

/** A job that is resumed. */
export type ResumedJob = JobRef & {
  /** Whether an earlier run may have written something. */
  readonly mayHaveWritten: boolean
}

export type TransferSituation =
  | { readonly code: 'JOB_NOT_FOUND' }
  /** The job cannot be resumed, since a file of it is damaged. */
  | { readonly code: 'JOB_DAMAGED'; readonly data: JobRef }
  | { readonly code: 'JOB_OF_ANOTHER_RELEASE'; readonly data: JobRef }
  /** The input is not what it was when the job began. */
  | { readonly code: 'INPUT_CHANGED'; readonly data: ResumedJob }
  /** The input was changed while the job wrote rows of it. */
  | { readonly code: 'INPUT_CHANGED_IN_RUN'; readonly data: JobRef }
  /** The table's definition is not what it was when the job began. */
  | { readonly code: 'TABLE_DEFINITION_CHANGED'; readonly data: ResumedJob }
  /** The same for a sync, which can be begun again at any time. */
  | { readonly code: 'SYNC_TABLE_CHANGED'; readonly data: JobRef }
  | { readonly code: 'TABLE_NOT_FOUND' }
  /** Records of a backup cannot be written; a check of the restore lists them. */
  | { readonly code: 'BACKUP_NOT_WRITABLE' }
