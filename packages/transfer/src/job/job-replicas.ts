/**
 * Jobs as all machines see them, in a store that they share. A job that runs keeps a working copy on its
 * machine, where the run looks things up; what the copy holds is written to its replica as well, so that
 * another machine can make a working copy of its own and continue the job. All of it is plain data.
 *
 * A job may have parts, such as the import of each table of a restore. They are part of its replica, and
 * named by their folder within that of the job, such as `parts/1/k7m2p9qw`. The job itself is the part
 * with the empty name.
 */
import type { HeldLock, Locks } from '@chatlayer-tables/local'
import type { FactName } from './job-database.ts'
import type { RowState } from './row-summary.ts'

export interface JobReplicas {
  /** For messages: the address of the store, without a password. */
  readonly place: string
  /** The locks of jobs, by their ids. */
  readonly locks: Locks
  readonly limits: ReplicaLimits

  /**
   * A new job, which others do not see before {@link JobReplica.begin}. What processes that ended before
   * that have left is removed.
   *
   * @param lock of the job, whose name is its id
   * @throws StorageError
   */
  create(lock: HeldLock): Promise<JobReplica>
  /**
   * Takes a job over: from now on only the holder of this lock writes to it.
   *
   * @returns undefined where there is no such job
   * @throws StorageError
   */
  takeOver(lock: HeldLock): Promise<TakenJob | undefined>
  /** Jobs that were begun. @param start the beginning of their ids @throws StorageError */
  list(start?: string): Promise<ReplicaSummary[]>
  /** Does nothing where there is no such job. @throws StorageError */
  remove(lock: HeldLock): Promise<void>
}

export interface ReplicaLimits {
  /** The largest file of a job, in bytes: a job that needs a larger one cannot begin. */
  readonly fileBytes: number
  /**
   * The largest file of the user that is copied, in bytes, so that a job can be resumed on a machine that
   * does not have it.
   */
  readonly inputBytes: number
}

/** A job of any machine. */
export interface ReplicaSummary {
  readonly id: string
  /** The version of the schema that the job has on a machine. */
  readonly format: number
  /** JSON. */
  readonly facts: string
  /** JSON; undefined when no run has ended. */
  readonly report: string | undefined
  readonly isDone: boolean
  readonly isRunning: boolean
  /** The machine that runs it, or ran it last. */
  readonly host: string
  /** The person or service that runs it, or ran it last. */
  readonly principal: string | undefined
  readonly progress: JobFigures | undefined
  /** Milliseconds since the last write to it, by the clock of the store. */
  readonly ageMs: number
}

/** How far a job has come. */
export interface JobFigures {
  /** Rows or writes that have ended well. */
  readonly written: number
  readonly rejected: number
  readonly unknown: number
  /** How many there are; null where that is not known yet. */
  readonly planned: number | null
}

export interface TakenJob {
  readonly replica: JobReplica
  /** The version of its schema. */
  readonly format: number
  /** That of the last write before it was taken over. A working copy with the same is equal to it. */
  readonly version: number
}

/** The replica of a job whose lock this process holds. All writes of it come one after the other. */
export interface JobReplica {
  /** Of the last write. It grows with each, and when the job is taken over. */
  readonly version: number
  /** Keeps a file of the job, in pieces; one that is there already is replaced. @throws StorageError */
  putFile(file: FileName, pieces: AsyncIterable<Uint8Array>): Promise<void>
  /** From now on others see the job. All its files are there. @throws StorageError */
  begin(format: number, facts: string): Promise<void>
  /**
   * One transaction, durable when it returns.
   *
   * @throws StorageError, of the kind `lost` where another machine took the job over; nothing of it is
   *   written then
   */
  write(changes: readonly JobChange[], progress: JobFigures | undefined): Promise<void>

  /** What a working copy is made from. */
  parts(): Promise<ReplicaPart[]>
  files(): Promise<ReplicaFile[]>
  readFile(file: FileName): AsyncIterable<Uint8Array>
  /** In the order of their numbers. */
  rows(part: string): AsyncIterable<readonly KeptRow[]>
  problems(part: string): AsyncIterable<readonly KeptRowProblem[]>
}

/** A change of the working copy, in the part of this name. */
export type JobChange = { readonly part: string } & (
  | { readonly kind: 'fact'; readonly name: FactName; readonly value: string }
  | {
      readonly kind: 'rows'
      readonly rows: readonly KeptRow[]
      readonly problems: readonly KeptRowProblem[]
    }
  | { readonly kind: 'mark'; readonly mark: KeptMark }
  /** These are all that are left. */
  | { readonly kind: 'marks'; readonly marks: readonly KeptMark[] }
  /** Problems of rows without a state are forgotten. */
  | { readonly kind: 'reopen' }
  /** So are rows of unknown outcome, with their problems. */
  | { readonly kind: 'reopenUnknown' }
  /**
   * The part is done: its rows, marks and files are forgotten, and the problems but those that are kept.
   * With the job itself, its parts are forgotten as well.
   */
  | { readonly kind: 'finish'; readonly keepStored: boolean }
  /** The part was not begun after all. */
  | { readonly kind: 'remove' }
)

export interface KeptRow {
  readonly n: number
  readonly state: RowState
  readonly id: string | undefined
  readonly content: Uint8Array | undefined
}

export interface KeptRowProblem {
  readonly n: number
  /** JSON. */
  readonly detail: string
}

/** Rows that may have been sent, both ends included. */
export interface KeptMark {
  readonly id: number
  readonly first: number
  readonly through: number
  /** The gateway's time before, in milliseconds since 1970, as far as it was known. */
  readonly records: number | undefined
  readonly dates: number | undefined
}

export interface ReplicaPart {
  readonly part: string
  /** JSON by name. */
  readonly facts: ReadonlyMap<FactName, string>
  readonly marks: readonly KeptMark[]
}

/** Names a file of a job. */
export interface FileName {
  readonly part: string
  /** Its path within the folder of the part, with `/`. */
  readonly name: string
}

export interface ReplicaFile extends FileName {
  /** In bytes. */
  readonly size: number
  /** Hash of its content, in hex. */
  readonly sha256: string
}
