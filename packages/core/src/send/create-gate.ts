import { Gate } from './gate.ts'
import { SHARED_INITIAL } from './pace-member.ts'
import type { SendingOptions } from './sender.ts'

/** The gate of a client, on the clock and the timers of its process. */
export function createGate(given: SendingOptions, connections: number): Gate {
  const { concurrency, rate, keepShortPauses, paceSharing } = given
  return new Gate({
    concurrency: {
      max: Math.min(connections, concurrency?.max ?? connections),
      initial: concurrency?.initial ?? (paceSharing && SHARED_INITIAL),
    },
    perSecond: rate?.perSecond,
    keepShortPauses,
    now: () => performance.now(),
    schedule(callback, ms) {
      const timer = setTimeout(callback, ms)
      return () => clearTimeout(timer)
    },
  })
}
