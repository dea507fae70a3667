import type { TableHandle, Values, Version } from '@chatlayer-tables/core'
import type { InputKind, RowPlace } from '@chatlayer-tables/files'
import type { InsertTarget, JobConnection, JobReport, Outcomes } from '../job/job-types.ts'
import type { RowProgress, RowRunOptions } from '../job/row-run.ts'
import type { ReadingSettings } from '../rows/reading-settings.ts'
import type { RowProblem } from '../rows/row-problem.ts'

/** What an import needs of a table; a `TableHandle` of the client is one. */
export interface ImportTarget
  extends InsertTarget,
    Pick<TableHandle, 'version' | 'definition' | 'records' | 'count'> {
  readonly preview: Pick<TableHandle['preview'], 'insert'>
  upsert(...args: Parameters<TableHandle['upsert']>): Outcomes<Values>
  deleteById(...args: Parameters<TableHandle['deleteById']>): Outcomes<string>
}

/**
 * - `insert`: every row becomes a record
 * - `upsert`: a row whose key a record has changes that record where it differs
 * - `skip-existing`: a row whose key a record has is skipped
 * - `replace`: upsert, then records whose key no row has are deleted
 */
export const IMPORT_MODES = ['insert', 'upsert', 'skip-existing', 'replace'] as const
export type ImportMode = (typeof IMPORT_MODES)[number]

/** What an import is asked to do; kept with its job, so it is plain data. */
export interface ImportSettings extends ReadingSettings {
  readonly mode: ImportMode
  /** The key columns; for every mode but `insert`. */
  readonly key?: readonly string[] | undefined
  /**
   * Nothing is written of a file with this many rows that cannot be read, and a run stops after this
   * many rejected rows; no limit when omitted.
   */
  readonly maxErrors?: number | undefined
  /** Whether mode `replace` may delete all records where the file has no rows. */
  readonly allowEmpty?: boolean | undefined
  /** Folder for the files of rejected and unknown rows (default: that of the input). */
  readonly outDir?: string | undefined
  /** Whether it is expected that the gateway stores some values otherwise than they are sent. */
  readonly acceptStored?: boolean | undefined
}

/** What every run of an import is given. */
export interface RunOptions extends RowRunOptions<ImportStart, ImportProgress, RowProblem> {
  readonly table: ImportTarget
  readonly connection: JobConnection
  /**
   * Called by an import by key before it compares: takes the lock under which one process at a time
   * writes to the table by key. Released when the run has ended. What it throws ends the import with
   * nothing written.
   */
  readonly lockTable?: (() => Promise<AsyncDisposable | undefined>) | undefined
  /** Keeps what was stored otherwise with a finished job; see `Job.storedRows`. */
  readonly keepStored?: boolean | undefined
  /**
   * Called by an import by key once it knows what there is to do, before anything is written. What it
   * throws ends the import with nothing written, and in the first run of a job with no `onStart`.
   */
  readonly onPlan?: ((plan: ImportPlan, file: FileNotes) => void | Promise<void>) | undefined
}

/** Notes on the file to show before rows are written. */
export interface FileNotes {
  /** Notes on how the file was read. */
  readonly notes: readonly string[]
  /** Columns of the table that are not in the file; null in every new record. */
  readonly absentColumns: readonly string[]
  /** What the input is called. */
  readonly inputKind: InputKind
}

export interface ImportStart extends FileNotes {
  readonly job: string
  readonly resumed: boolean
  readonly table: string
  readonly version: Version
  readonly file: string
  readonly mode: ImportMode
}

/** What an import by key will do. */
export interface ImportPlan {
  readonly inserts: number
  readonly updates: number
  /** Rows that are skipped, since their record is as it should be. */
  readonly unchanged: number
  /** Records that are not in the file, in mode `replace`. */
  readonly deletes: number
}

/**
 * Where the rows of a file ended up: `read = ok + unchanged + rejected + unknown + unsent` at the
 * end of a run, of the whole job.
 */
export interface ImportCounts {
  /** Rows of the file, the header not among them; at the end all of them. */
  readonly read: number
  /** Written. */
  readonly ok: number
  /** Rows that are in the table already; skipped. */
  readonly unchanged: number
  /** Rejected by the client or the gateway: the row must be fixed. */
  readonly rejected: number
  /** Perhaps written: sent without a response, and a search did not resolve it. */
  readonly unknown: number
  /** Not written for a reason that is not the row's. */
  readonly unsent: number
  /** Of `ok`: rows in which the gateway stored some values otherwise than they were sent. */
  readonly storedOtherwise: number
}

/** In `reading`, the whole file is read before anything is compared or written. */
export type ImportPhase = 'reading' | 'comparing' | 'writing' | 'deleting'

export interface ImportProgress extends ImportCounts, RowProgress {
  readonly phase: ImportPhase
  /** Records of the table read so far, to compare them with the file. */
  readonly compared: number
  /** Rows of the file; undefined until it was read to its end. */
  readonly total: number | undefined
}

/** The files that hold what was not written; only those that have rows. */
export interface ImportFiles {
  /**
   * The rejected rows in a file of the same kind, each cell as it was: once fixed, it is imported with
   * the same settings. Only `replace` would delete the records of all other rows: use `upsert`.
   */
  readonly rejected: string | undefined
  /** One JSON object a line for each problem of a row; a row that is rejected may have several. */
  readonly errors: string | undefined
  /** The rows that are perhaps written. */
  readonly unknown: string | undefined
}

export interface ImportReport extends ImportCounts, JobReport {
  readonly job: string
  readonly table: string
  readonly version: Version
  readonly file: string
  readonly mode: ImportMode
  /** Rows of `ok` by what was done. */
  readonly inserted: number
  readonly updated: number
  /** Records that are not in the file, in mode `replace`. */
  readonly deleted: number
  /** Records that are not in the file, kept because some of its rows were not written. */
  readonly notDeleted: number
  /** False where the run was stopped before it had read the file: there are more rows than `read`. */
  readonly readToEnd: boolean
  readonly files: ImportFiles
  /** What the table's own count should be and is; undefined where it could not be asked for. */
  readonly tableCount: TableCount | undefined
  /**
   * Keys of the file that several records have, the first of them; searched for where an import by
   * key ends with an unexpected number of records.
   */
  readonly heldTwice: readonly HeldKey[]
  /** What the input is called. */
  readonly inputKind: InputKind
  /** What the place of a row is called. */
  readonly place: RowPlace
}

export interface TableCount {
  readonly before: number
  readonly after: number
  /** From `least` to `most` records, more than one number only where rows are unknown. */
  readonly least: number
  readonly most: number
  /** Whether `after` is within them. */
  readonly fits: boolean
}

/** A key that several records of a table have. */
export interface HeldKey {
  /** Its values by column, as text. */
  readonly key: Readonly<Record<string, string | null>>
  /** Line of the file. */
  readonly line: number
  readonly count: number
  /** Ids of the first few records. */
  readonly ids: readonly string[]
}
