/** The faults that are set, and the choice of those that apply to a request. */
import type { ActionType, OperationId } from '@chatlayer-tables/contract'
import { type Ending, Fault, type FaultInput } from './faults.ts'
import { makeRandom, type Random } from './prng.ts'
import { type Limiter, limitHeaders, makeLimiter } from './rate-limit.ts'

/** The faults of one request. */
export interface Drawn {
  readonly waitBefore: number
  readonly waitAfter: number
  /** Whether a rate limit rejects the request. */
  readonly limited: boolean
  /** Headers that a rate limit adds to the response. */
  readonly headers: Readonly<Record<string, string>>
  readonly unstableOrder: boolean
  readonly ending: Ending | undefined
}

const NOTHING: Drawn = {
  waitBefore: 0,
  waitAfter: 0,
  limited: false,
  headers: {},
  unstableOrder: false,
  ending: undefined,
}

/** A fault that is set, and the number of requests it has applied to. */
export type SetFault = Fault & { readonly hits: number }

interface Slot {
  readonly fault: Fault
  readonly random: Random
  readonly limiter: Limiter | undefined
  hits: number
}

export class FaultBox {
  readonly #seed: number
  #slots: Slot[] = []

  /** @param seed makes the same choices for the same requests in the same order */
  constructor(seed: number) {
    this.#seed = seed
  }

  /** Replaces all faults by these. @throws ZodError */
  set(faults: readonly FaultInput[]): void {
    const parsed = faults.map((fault) => Fault.parse(fault))
    this.#slots = []
    for (const fault of parsed) this.#put(fault)
  }

  /** Adds one fault to those that are set. @throws ZodError */
  add(fault: FaultInput): void {
    this.#put(Fault.parse(fault))
  }

  clear(): void {
    this.#slots = []
  }

  list(): SetFault[] {
    return this.#slots.map(({ fault, hits }) => ({ ...fault, hits }))
  }

  /** Every fault has its own generator: adding one does not change the choices of the others. */
  #put(fault: Fault): void {
    this.#slots.push({
      fault,
      random: makeRandom(this.#seed + this.#slots.length * 7919),
      limiter: fault.kind === 'rate-limit' ? makeLimiter(fault) : undefined,
      hits: 0,
    })
  }

  /**
   * @param clock milliseconds of a monotonic clock
   * @param now the time of day
   */
  draw(operation: OperationId, action: ActionType | undefined, clock: number, now: Date): Drawn {
    if (this.#slots.length === 0) return NOTHING
    const drawn = { ...NOTHING, headers: {} as Record<string, string> }
    const result: { -readonly [K in keyof Drawn]: Drawn[K] } = drawn
    for (const slot of this.#slots) {
      if (!befalls(slot, operation, action)) continue
      const { fault, random, limiter } = slot
      switch (fault.kind) {
        case 'latency': {
          const { ms } = fault
          const wait = typeof ms === 'number' ? ms : ms.min + random() * (ms.max - ms.min)
          result[fault.when === 'before' ? 'waitBefore' : 'waitAfter'] += wait
          slot.hits += 1
          break
        }
        case 'rate-limit': {
          const verdict = limiter?.take(clock)
          if (verdict === undefined) break
          Object.assign(drawn.headers, limitHeaders(fault, verdict, now))
          if (verdict.allowed) break
          result.limited = true
          slot.hits += 1
          break
        }
        case 'unstable-order':
          result.unstableOrder = true
          slot.hits += 1
          break
        default:
          if (result.ending !== undefined) break
          result.ending = fault
          slot.hits += 1
      }
    }
    return result
  }
}

function befalls(slot: Slot, operation: OperationId, action: ActionType | undefined): boolean {
  const { rate, operations, actions, times } = slot.fault
  if (times !== undefined && slot.hits >= times) return false
  if (operations !== undefined && !operations.includes(operation)) return false
  if (actions !== undefined && (action === undefined || !actions.includes(action))) return false
  return rate >= 1 || slot.random() < rate
}
