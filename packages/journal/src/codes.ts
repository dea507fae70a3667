/** How kinds and states of changes stand in the database. */
import type { ChangeKind, ChangeStatus } from './types.ts'

export const KINDS = { inserted: 1, updated: 2, deleted: 3 } as const satisfies Record<
  ChangeKind,
  number
>

/**
 * A `retriable` change is unknown because the gateway could not be asked; it is looked for again at
 * the next start.
 */
export const STATES = {
  open: 0,
  ok: 1,
  rejected: 2,
  unknown: 3,
  elsewhere: 4,
  retriable: 5,
} as const

export type State = keyof typeof STATES

export function kindOf(code: unknown): ChangeKind {
  return code === KINDS.inserted ? 'inserted' : code === KINDS.updated ? 'updated' : 'deleted'
}

export function stateOf(code: unknown): State {
  const found = Object.entries(STATES).find(([, each]) => each === code)
  if (found === undefined) throw new Error(`a change of state ${String(code)}`)
  return found[0] as State
}

export function statusOf(state: State): ChangeStatus {
  return state === 'retriable' ? 'unknown' : state
}
