/** What jobs of every kind have in common: what they keep, what a run is given, and how it ends. */
import type { ChatlayerError, Outcome, TableHandle, Values } from '@chatlayer-tables/core'
import type { StorageError } from '@chatlayer-tables/local'

/** Which bot's tables; no secret is part of it. */
export interface JobConnection {
  readonly origin: string
  readonly teamId: string
  readonly botId: string
}

/** What a job keeps of what it was asked to do; plain data. Each kind of job adds its own facts. */
export interface JobFacts {
  readonly kind: string
  /** ISO 8601. */
  readonly createdAt: string
  /** Connection of the tables that are written. */
  readonly connection: JobConnection
}

/** What every run of a job is given. */
export interface JobOptions<Start = never, Progress = never> {
  /** Ends the run gently: no further row is sent, rows in flight come to their end. */
  readonly stop?: AbortSignal | undefined
  /** Ends the run at once: rows in flight are searched for when the job is resumed. */
  readonly signal?: AbortSignal | undefined
  /** Called once all that can be rejected at once is checked, before anything is written. */
  readonly onStart?: ((start: Start) => void) | undefined
  /** Called often, always with the same object, whose figures change. */
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/**
 * Why a run ended before all was done: its caller asked for it, the gateway could not continue (gone,
 * sign-in rejected, table gone), the input was changed meanwhile, too many rows were rejected, or the
 * job, the journal or a file with rejected rows could not be written on this machine.
 */
export interface JobStop {
  readonly reason: 'interrupted' | 'gateway' | 'file' | 'errors' | 'storage'
  readonly error: ChatlayerError | StorageError | undefined
}

/** How a run of a job ended. Each kind of job adds its own figures. */
export interface JobReport {
  readonly job: string | undefined
  /** Whether nothing is left to do; otherwise the job can be resumed. */
  readonly finished: boolean
  readonly stopped: JobStop | undefined
  /** Duration of this run in milliseconds. */
  readonly elapsedMs: number
}

/** A write's outcomes as they come; ends with an error when the whole call does. */
export type Outcomes<Row> = AsyncIterable<Outcome<Row>>

/** What inserting rows needs of a table; a `TableHandle` of the client is one. */
export interface InsertTarget extends Pick<TableHandle, 'gatewayMoment'> {
  insertMany(...args: Parameters<TableHandle['insertMany']>): Outcomes<Values>
}
