/** What is queued, and what is known of it. Plain data. */

/** A file that an order brings along. */
export interface QueueFile {
  /** Relative to the folder of the project, with `/`. */
  readonly path: string
  readonly content: Uint8Array
}

export interface StoredFile extends Pick<QueueFile, 'path'> {
  /** SHA-256, in hex. */
  readonly digest: string
  readonly size: number
}

/** Who asked for it. */
export interface QueuedBy {
  readonly host: string
  readonly user?: string | undefined
}

/** What is to be done: `work` is known to the program that carries it out, and has no secrets. */
export interface QueueOrder<Work = unknown> {
  readonly name: string
  /** Orders of the same key are carried out one at a time. */
  readonly key: string
  readonly work: Work
  readonly files: readonly QueueFile[]
  readonly by: QueuedBy
  /** Higher ones first (default: 0). */
  readonly priority?: number | undefined
}

/** An order as pg-boss keeps it. */
export interface OrderData {
  readonly name: string
  readonly work: unknown
  readonly files: readonly StoredFile[]
  readonly by: QueuedBy
  /** The key of the schedule that sent it. */
  readonly schedule?: string | undefined
}

/**
 * - `queued`: waits for a worker; `retrying`: as well, after a failure, a lost worker, or a locked table
 * - `running`: a worker has it
 * - `done`, `failed`, `cancelled`, `skipped` (a later one of its schedule was waiting): it has ended
 */
export type QueueStatus =
  | 'queued'
  | 'retrying'
  | 'running'
  | 'done'
  | 'failed'
  | 'cancelled'
  | 'skipped'

export interface QueuedJob extends OrderData {
  readonly id: string
  readonly status: QueueStatus
  readonly priority: number
  /** Milliseconds since 1970 by the database's clock, as all times here. */
  readonly queuedAt: number
  /** It is not begun before; undefined where that has passed. */
  readonly notBefore: number | undefined
  readonly startedAt: number | undefined
  readonly endedAt: number | undefined
  /** The worker that has it, or had it last. */
  readonly worker: QueueWorkerName | undefined
  /** Attempts that failed, and workers that died with it. */
  readonly failures: number
  readonly lost: number
  /** Why it failed, or is tried again. */
  readonly reason: string | undefined
  /** How it ended, as its worker said. */
  readonly result: unknown
  /** The id of the job in the `JobStore`. */
  readonly job: string | undefined
  /** Of the last run. */
  readonly progress: unknown
  readonly updatedAt: number | undefined
}

export interface QueueWorkerName {
  readonly host: string
  readonly pid: number
}

export interface QueueLine {
  readonly number: number
  readonly at: number
  readonly text: string
}

export interface QueueSchedule extends OrderData {
  readonly key: string
  readonly cron: string
  readonly timezone: string
  readonly priority: number
  /** The next times by that cron text. */
  readonly next: readonly number[]
}

/** Figures of the whole queue. */
export interface QueueCounts {
  readonly states: Readonly<Record<QueueStatus, number>>
  /** How long the oldest order that could be taken now has waited, in seconds; 0 where there is none. */
  readonly oldestWaitingSeconds: number
  readonly schedules: number
}

/** An order that this worker has taken. */
export interface Claim {
  readonly id: string
  readonly attempt: number
  readonly order: OrderData
  readonly queuedAt: number
  readonly failures: number
  readonly lost: number
  /** Whether another attempt was made before, of which a job may be left in the `JobStore`. */
  readonly isRepeated: boolean
}

/**
 * How an order ended at this worker:
 * - `done`, `failed`: it is over; `result` is kept
 * - `retry`: it failed for a reason that may pass, and is tried again after a growing delay
 * - `back`: it could not be carried out now (a table is locked, the worker stops), which is no failure
 */
export type Verdict =
  | { readonly end: 'done'; readonly result?: object }
  | { readonly end: 'failed'; readonly reason: string; readonly result?: object }
  | { readonly end: 'retry'; readonly reason: string; readonly result?: object }
  | { readonly end: 'back'; readonly reason: string; readonly afterMs: number }
