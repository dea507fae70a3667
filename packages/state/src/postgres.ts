/** The state in PostgreSQL, for programs that administer it. */
export { Database, type DatabaseOptions, type Run, type TransactionOptions } from './database.ts'
export {
  checkSchema,
  grantsTo,
  migrateAll,
  type SchemaState,
  type SchemaStatus,
  type StateSituation,
} from './migrate.ts'
export type { LiveSession, Sessions } from './sessions.ts'
export { type OpenSharedStateOptions, SharedState } from './shared-state.ts'
