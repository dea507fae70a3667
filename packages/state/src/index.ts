export type { CallsInFlight } from './calls-in-flight.ts'
export { Database, type DatabaseOptions } from './database.ts'
export { type OpenSharedStateOptions, SharedState } from './shared-state.ts'
export type { LockKind, OpenStateOptions, PaceGroup, State } from './state.ts'
