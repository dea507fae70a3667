export type { CallsInFlight } from './calls-in-flight.ts'
export { Database, type DatabaseOptions } from './database.ts'
export { type OpenQueueOptions, Queue } from './queue/queue.ts'
export { type QueueRun, RunStopped } from './queue/queue-run.ts'
export type {
  Claim,
  OrderData,
  QueueCounts,
  QueuedBy,
  QueuedJob,
  QueueFile,
  QueueLine,
  QueueOrder,
  QueueSchedule,
  QueueStatus,
  QueueWorkerName,
  StoredFile,
  Verdict,
} from './queue/queue-types.ts'
export { type QueueEvent, QueueWorker, type QueueWorkerOptions } from './queue/queue-worker.ts'
export { type OpenSharedStateOptions, SharedState } from './shared-state.ts'
export type { LockKind, OpenStateOptions, PaceGroup, State } from './state.ts'
