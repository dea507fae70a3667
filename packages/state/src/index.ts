export type { CallsInFlight } from './calls-in-flight.ts'
export type { NoteKind, Notes } from './notes/notes.ts'
export { openState } from './open-state.ts'
export type { LockKind, OpenStateOptions, PaceGroup, State } from './state.ts'
