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
  /** The job began on another machine, and this one does not have its input. */
  | { readonly code: 'INPUT_NOT_HERE'; readonly data: JobRef }
  /** The input was changed while the job wrote rows of it. */
  | { readonly code: 'INPUT_CHANGED_IN_RUN'; readonly data: JobRef }
  /** The table's definition is not what it was when the job began. */
  | { readonly code: 'TABLE_DEFINITION_CHANGED'; readonly data: ResumedJob }
  /** The same for a sync, which can be begun again at any time. */
  | { readonly code: 'SYNC_TABLE_CHANGED'; readonly data: JobRef }
  | { readonly code: 'TABLE_NOT_FOUND' }
  /** Records of a backup cannot be written; a check of the restore lists them. */
  | { readonly code: 'BACKUP_NOT_WRITABLE' }
  /** A table to restore has no key columns, or the key names a column that it does not have. */
  | { readonly code: 'RESTORE_KEY_NEEDED'; readonly data: { readonly table: string } }
  /** A table to restore holds records, and no restore mode was chosen. */
  | { readonly code: 'RESTORE_MODE_NEEDED' }
  /** A table or column of a backup can be mapped: `from` and `to` are a mapping of the restore. */
  | { readonly code: 'RESTORE_MAPPING_FOUND'; readonly data: Mapping }
  /** The backup has no records of the chosen versions; `versions` are those that it has. */
  | {
      readonly code: 'RESTORE_VERSION_NOT_FOUND'
      readonly data: { readonly versions: readonly string[] }
    }
  /** The source has no records, so that all records of the table would be deleted. */
  | { readonly code: 'SOURCE_EMPTY' }
  /** Syncs of a project exceed their limits; `allowances` allow it this once. */
  | {
      readonly code: 'LIMITS_EXCEEDED'
      readonly data: { readonly allowances: readonly string[] }
    }
  /** Several rows of a file have the same key; a check of the file lists all of them. */
  | { readonly code: 'KEYS_DUPLICATE' }
  /** More rows of a file are rejected than allowed; a check of the file lists all of them. */
  | { readonly code: 'ROWS_REJECTED' }
  /** Columns of a file do not match the table; `meta` are those of an export with record fields. */
  | { readonly code: 'FILE_COLUMNS_DIFFER'; readonly data: { readonly meta: readonly string[] } }
  /** The columns of two compared sides differ. */
  | { readonly code: 'COMPARED_COLUMNS_DIFFER' }
  /** A table is to be synced with itself. */
  | { readonly code: 'SYNC_WITH_ITSELF' }

/** A mapping of a restore: from a table, or `table.column`, of the backup. */
export type Mapping = { readonly from: string; readonly to: string }
