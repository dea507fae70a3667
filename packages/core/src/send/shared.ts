import type { Gate } from './gate.ts'
import type { Watch } from './hooks.ts'
import type { PaceExchange } from './pace-exchange.ts'
import type { ProxyInUse } from './proxy.ts'
import type { Redact } from './redact.ts'
import type { RetryBudget } from './retry-budget.ts'
import type { Stop } from './stop.ts'
import type { Transport } from './transport.ts'

/** State shared by all calls of a client. */
export interface Shared {
  readonly gate: Gate
  /** Undefined where this client does not share its pace. */
  readonly exchange: PaceExchange | undefined
  /** Of the gateway: scheme, host and port. */
  readonly origin: string
  readonly transport: Transport
  readonly redact: Redact
  readonly proxy: ProxyInUse | undefined
  readonly watch: Watch
  readonly noteDate: ((serverDate: number) => void) | undefined
  readonly budget: RetryBudget
  readonly attemptTimeoutMs: number
  readonly timeoutMs: number
  readonly maxAttempts: number
  readonly counts: {
    sent: number
    succeeded: number
    failed: number
    retried: number
    throttled: number
    waitedMs: number
  }
  /** The status of the latest failure that asked for a pause. */
  pausingStatus: number | undefined
  /** Calls that wait, for the gate or for a retry. */
  readonly waiting: Set<Stop>
  closed: boolean
}
