import type { ChatlayerError, Table, Version } from '@chatlayer-tables/core'
import type { TransferSituation } from '../errors/situations.ts'
import type { HeldKey, ImportFiles, TableCount } from '../import/index.ts'
import type { JobOptions, JobReport } from '../job/job-types.ts'
import type { RowProblem } from '../rows/row-problem.ts'
import type { BackupClient, TableChoice } from './backup-types.ts'
import type { ContentComparison } from './compare-contents.ts'

/**
 * What happens to the records that a table holds:
 * - `append`: they stay, and the backup's are added
 * - `upsert`: a record of the backup takes the place of the one that has its key
 * - `replace`: they are deleted; with a key, only those that are not in the backup
 */
export const RESTORE_MODES = ['append', 'upsert', 'replace'] as const
export type RestoreMode = (typeof RESTORE_MODES)[number]

/** What to restore, and where to. */
export interface RestoreChoice {
  /** Names as in the backup (default: all tables). */
  readonly tables?: readonly TableChoice[] | undefined
  /** Versions of tables without a version of their own. */
  readonly versions: readonly Version[]
  /** The version that is written (default: the one that was read). */
  readonly into?: Version | undefined
  /** `table` to a table's name or id, or `table.column` to a column's name. */
  readonly map?: readonly (readonly [from: string, to: string])[] | undefined
  /** Default: tables that hold records are not restored. */
  readonly mode?: RestoreMode | undefined
  /** The key columns: of one table, as the backup names it, or of all. */
  readonly keys?: readonly RestoreKey[] | undefined
}

export interface RestoreKey {
  readonly table?: string | undefined
  readonly columns: readonly string[]
}

/** One table in one version, and where it goes; kept with the job, so it is plain data. */
export interface RestorePart {
  readonly from: {
    readonly table: string
    readonly version: Version
    /** The path in the archive. */
    readonly path: string
  }
  readonly into: Pick<Table, 'id' | 'name' | 'columns'>
  readonly version: Version
  /** Column names: in the backup, and in the table that is written. */
  readonly columns: readonly (readonly [from: string, to: string])[]
  readonly records: number
  readonly mode: RestoreMode
  readonly key?: readonly string[] | undefined
  /** Records in the table before anything was written. */
  readonly before: number
}

/** Why a table cannot be restored, and what to do. */
export interface RestoreProblem {
  /** Name in the backup; undefined if the problem is not about one table. */
  readonly table: string | undefined
  readonly reason: string
  readonly fix: string | undefined
  readonly situation?: TransferSituation | undefined
}

export interface RestorePlan {
  /** The archive. */
  readonly file: string
  readonly fingerprint: {
    readonly size: number
    readonly mtimeMs: number
    readonly sha256: string
  }
  readonly parts: readonly RestorePart[]
  /** All problems; nothing is restored while there is one. */
  readonly problems: readonly RestoreProblem[]
  /** Notes to show before a restore. */
  readonly notes: readonly string[]
}

export interface RestoreRunOptions extends JobOptions<RestoreStart, RestoreProgress> {
  readonly client: BackupClient
  /** Called for each record that is rejected, of unknown outcome, or stored otherwise than it was sent. */
  readonly onProblem?: ((part: RestorePart, problem: RowProblem) => void) | undefined
  /** Called when a table is done. */
  readonly onRestored?: ((restored: RestoredPart) => void) | undefined
}

export interface RestoreStart {
  readonly job: string
  readonly resumed: boolean
  readonly file: string
  readonly parts: readonly RestorePart[]
}

export interface RestoreProgress {
  readonly part: RestorePart
  /** Its place, from 0, and how many there are. */
  readonly index: number
  readonly parts: number
  readonly phase: 'checking' | 'deleting' | 'writing' | 'comparing'
  /** Records in this phase. */
  readonly done: number
  readonly rejected: number
  readonly unknown: number
}

/** How one table ended; `records = inserted + updated + unchanged + rejected + unknown + unsent`. */
export interface RestoredPart {
  readonly from: { readonly table: string; readonly version: Version }
  readonly into: { readonly table: string; readonly version: Version }
  readonly mode: RestoreMode
  readonly records: number
  readonly inserted: number
  readonly updated: number
  readonly unchanged: number
  readonly rejected: number
  readonly unknown: number
  readonly unsent: number
  /** Records in which the gateway stored some values otherwise than they were sent. */
  readonly storedOtherwise: number
  /** Records of the table that were deleted. */
  readonly deleted: number
  /** Records that are not in the backup, kept because some of its own were not written. */
  readonly notDeleted: number
  readonly files: ImportFiles
  /** Whether nothing is left to do. */
  readonly finished: boolean
  /** The comparison of the table with the backup; undefined if it was not possible. */
  readonly comparison: ContentComparison | undefined
  /** What the table's own count should be and is; undefined where it could not be found out. */
  readonly tableCount: TableCount | undefined
  /** Keys of the backup that several records have, where the count is unexpected. */
  readonly heldTwice: readonly HeldKey[]
}

export interface RestoreReport extends JobReport {
  readonly job: string
  readonly file: string
  /** Parts that have started. */
  readonly restored: readonly RestoredPart[]
  /** How many tables there are, each version by itself. */
  readonly parts: number
  /** Why a table could not be read back. */
  readonly notCompared: ChatlayerError | undefined
}
