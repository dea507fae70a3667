/** Whether the database that replicas share responds, for health checks, which come often and unasked. */
import type { ServerState } from '../state/server-state.ts'

export type StateHealth = 'ok' | 'unreachable'

/** Without a response for this long it counts as unreachable. */
const RESPONSE_MS = 1_000
/** A result holds for this long. */
const KEEP_MS = 2_000

interface Probe {
  readonly result: Promise<StateHealth>
  readonly begun: number
  ended: number | undefined
}

/** Undefined where there is no database: the state is in a folder. */
export function createStateHealth(
  state: Pick<ServerState, 'isShared' | 'probe'>,
): () => Promise<StateHealth | undefined> {
  if (!state.isShared) return async () => undefined
  let last: Probe | undefined
  const begin = (): Probe => {
    const probe: Probe = {
      result: state
        .probe()
        .then(() => 'ok' as const)
        .catch(() => 'unreachable' as const)
        .finally(() => {
          probe.ended = performance.now()
        }),
      begun: performance.now(),
      ended: undefined,
    }
    return probe
  }
  return async () => {
    const now = performance.now()
    // One that waits for the database goes on, however many ask meanwhile.
    if (last?.ended !== undefined && now - last.ended > KEEP_MS) last = undefined
    last ??= begin()
    const patience = Math.max(0, RESPONSE_MS - (now - last.begun))
    return await Promise.race([
      last.result,
      new Promise<StateHealth>((resolve) => setTimeout(resolve, patience, 'unreachable').unref()),
    ])
  }
}
