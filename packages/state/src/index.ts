export type { CallsInFlight } from './calls-in-flight.ts'
export type { LockKind, OpenStateOptions, PaceGroup, State } from './state.ts'
