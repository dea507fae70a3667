/** The state in PostgreSQL, for programs that administer it. */
export type { StateSituation } from './database/situation.ts'
export { Database, type DatabaseOptions, type Run, type TransactionOptions } from './database.ts'
export {
  checkSchema,
  grantsTo,
  grantTo,
  migrateAll,
  type SchemaState,
  type SchemaStatus,
} from './migrate.ts'
export { type PrunedState, pruneState } from './prune.ts'
export { Queue } from './queue/queue.ts'
export type { QueueOrder, Verdict } from './queue/queue-types.ts'
export { QueueWorker } from './queue/queue-worker.ts'
export type { LiveSession, Sessions } from './sessions.ts'
export { type OpenSharedStateOptions, SharedState } from './shared-state.ts'
export {
  type OpenChangeSet,
  type PaceGroupStatus,
  readStatus,
  type StateContents,
  type StateStatus,
} from './status.ts'
