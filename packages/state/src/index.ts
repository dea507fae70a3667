export { Database, type DatabaseOptions } from './database.ts'
export { type LockKind, type OpenSharedStateOptions, SharedState } from './shared-state.ts'
