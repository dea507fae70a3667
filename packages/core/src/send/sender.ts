/**
 * Sends all requests: encode, gate, transport, classify, then a response, a retry or an error. The
 * rules are in the other files of this folder; here they get a clock and a network.
 */
import type { EndpointResponse, OperationId } from '@chatlayer-tables/contract'
import {
  BOOLEAN,
  FUNCTION,
  OBJECT,
  objectWith,
  options,
  POSITIVE,
  type Rules,
  required,
  TIMEOUT,
  TIMER,
  wholeNumber,
} from '../check-options.ts'
import { InvalidInputError } from '../errors.ts'
import type { RowCallOptions } from '../types.ts'
import { Call } from './call.ts'
import { createGate } from './create-gate.ts'
import type { HttpDispatcher } from './dispatcher-transport.ts'
import { createEncoder, type EncoderOptions, type Input } from './encode-request.ts'
import { createWatch, type Hooks, type Logger } from './hooks.ts'
import { PaceExchange } from './pace-exchange.ts'
import type { PaceSharing } from './pace-sharing.ts'
import { type Environment, proxyRoute } from './proxy.ts'
import type { RawExchange } from './raw-exchange.ts'
import { createRedactor } from './redact.ts'
import { createRetryBudget } from './retry-budget.ts'
import { DEFAULT_MAX_ATTEMPTS } from './retry-policy.ts'
import type { Shared } from './shared.ts'
import { Stop, StoppedBeforeSending } from './stop.ts'
import { createTransport } from './transport.ts'

/** How requests are sent. All options have defaults. */
export interface SendingOptions {
  /** Appended to this library's own name in the `User-Agent`. Printable ASCII. */
  readonly userAgent?: string | undefined
  /** Connections to the gateway. Default 64. */
  readonly connections?: number | undefined
  /**
   * Requests in flight. The number adapts between 1 and `max` (default and maximum: the number of
   * connections), starting at `initial` (default 8; 4 with `paceSharing`).
   */
  readonly concurrency?:
    | { readonly max?: number | undefined; readonly initial?: number | undefined }
    | undefined
  /** Maximum rate. Default: found from the limits that the gateway reports and its refusals. */
  readonly rate?: { readonly perSecond: number } | undefined
  /**
   * Whether every pause that a 429 asks for is kept to its end. By default the client keeps pauses
   * of over 2 s; within a shorter one, which is mostly a fraction of a second rounded up, one
   * request at a time asks whether it is over. Default false.
   */
  readonly keepShortPauses?: boolean | undefined
  /** Timeout of one attempt, from connecting to the last byte. Default 30,000. */
  readonly attemptTimeoutMs?: number | undefined
  /** Timeout of a call with all attempts and waits, unless the call sets one. Default 120,000. */
  readonly timeoutMs?: number | undefined
  /** Timeout of connecting, within the attempt. Default 10,000. */
  readonly connectTimeoutMs?: number | undefined
  /** Maximum attempts of a call, not counting 429s. Default 5. */
  readonly maxAttempts?: number | undefined
  /** Maximum size of a response. Default 64 MiB. */
  readonly maxResponseBytes?: number | undefined
  /**
   * Where HTTPS_PROXY, HTTP_PROXY and NO_PROXY are looked up; `{}` for no proxy. Default: the
   * environment of the process.
   */
  readonly proxyEnvironment?: Environment | undefined
  /**
   * A dispatcher of undici 7 or later, such as an `Agent`, `ProxyAgent` or `MockAgent`, that sends
   * the requests. The client does not close it. Connections are then the dispatcher's own:
   * `connectTimeoutMs`, `proxyEnvironment` and the proxy variables of the environment do not apply,
   * and `connections` only bounds the requests in flight. It must not retry or follow redirects.
   */
  readonly dispatcher?: HttpDispatcher | undefined
  /**
   * Where the clients of this token, in all processes, divide its rate limit: an object for this
   * client alone, such as `state.pace(group)` of `@chatlayer-tables/state`. Without it, or while it
   * fails, the client finds the limit by itself.
   */
  readonly paceSharing?: PaceSharing | undefined
  readonly hooks?: Hooks | undefined
  readonly logger?: Logger | undefined
}

export const SENDING: Rules<SendingOptions> = {
  userAgent: {
    expected: 'printable ASCII',
    test: (value) => typeof value === 'string' && /^[\x20-\x7e]*$/.test(value),
  },
  connections: wholeNumber(1),
  concurrency: options({ max: wholeNumber(1), initial: wholeNumber(1) }),
  rate: options({ perSecond: required(POSITIVE) }),
  keepShortPauses: BOOLEAN,
  attemptTimeoutMs: TIMER,
  timeoutMs: TIMEOUT,
  connectTimeoutMs: TIMER,
  maxAttempts: wholeNumber(1),
  maxResponseBytes: wholeNumber(1),
  proxyEnvironment: OBJECT,
  dispatcher: {
    ...objectWith('dispatch'),
    expected: 'a dispatcher of undici 7 or later, such as new Agent()',
  },
  paceSharing: objectWith('exchange', 'leave'),
  hooks: options({ onRequest: FUNCTION, onResponse: FUNCTION, onRetry: FUNCTION }),
  logger: objectWith('debug', 'info', 'warn', 'error'),
}

export interface SenderOptions extends SendingOptions, EncoderOptions {
  /** Called with the gateway's clock at every response that shows it; see {@link Reply.serverDate}. */
  readonly noteDate?: ((serverDate: number) => void) | undefined
}

const DEFAULTS = {
  /**
   * 64 connections carry 800 requests a second at 80 ms. Gateways seldom allow more from one
   * client, and a single core can hardly use more.
   */
  connections: 64,
  attemptTimeoutMs: 30_000,
  timeoutMs: 120_000,
  connectTimeoutMs: 10_000,
  maxAttempts: DEFAULT_MAX_ATTEMPTS,
  maxResponseBytes: 64 * 1024 * 1024,
} as const

/**
 * Asked right before each attempt of a request, which may be long after its call began: it waits for its
 * turn, and may be sent again. It is asked once more when the connection is ready, before the first byte.
 *
 * @returns undefined where it may be sent now; otherwise a promise, after which it is asked again
 * @throws to stop the call; so does a promise that is rejected
 */
export type SendCheck = () => Promise<void> | undefined

export interface SendOptions extends RowCallOptions {
  /** Absolute, in milliseconds of performance.now(); the earlier of it and timeoutMs counts. */
  readonly deadline?: number | undefined
  /**
   * Whether the request may be sent again although it may have been executed. Default: true for
   * reads, false for writes.
   */
  readonly repeatable?: boolean | undefined
  readonly check?: SendCheck | undefined
  /** Called right before each attempt is sent. */
  readonly onSend?: (() => void) | undefined
  /** Called with each attempt and its response. */
  readonly onExchange?: ((exchange: RawExchange) => void) | undefined
  /** Whether each attempt opens a connection for itself alone. */
  readonly newConnection?: boolean | undefined
}

export interface Reply<K extends OperationId> {
  readonly body: EndpointResponse<K>
  /** The gateway's clock, from its `Date` header: milliseconds since 1970, in whole seconds. */
  readonly serverDate: number | undefined
  /** 1 if there was no retry. */
  readonly attempts: number
}

/** The counters of a client since it was created, and its present state. */
export interface ClientStats {
  /** Requests in flight, and calls that wait for their turn. */
  readonly inFlight: number
  readonly queued: number
  /** Attempts, and how calls ended; an aborted call counts as neither. */
  readonly sent: number
  readonly succeeded: number
  readonly failed: number
  readonly retried: number
  /** Attempts refused with 429. */
  readonly throttled: number
  /** How long all calls together waited for their turn and for retries, in milliseconds. */
  readonly waitedMs: number
  /** How many requests may be in flight now. */
  readonly limit: number
  /** Requests per second that the rate limit seems to allow; undefined while none was seen. */
  readonly pace: number | undefined
  /** How long all senders together were held back after a 429. */
  readonly pausedMs: number
}

export interface Sender {
  /**
   * Sends a request and returns the gateway's response.
   *
   * @throws ChatlayerError of the matching kind; the caller's abort rejects with `signal.reason`
   */
  send<K extends OperationId>(
    operation: K,
    input: Input<K>,
    options?: SendOptions,
  ): Promise<Reply<K>>
  stats(): ClientStats
  /** Lets requests in flight end, and rejects waiting and later calls. */
  close(): Promise<void>
}

/**
 * @param given checked by {@link SENDING}
 * @throws InvalidInputError for options that have no effect with a dispatcher
 */
export function createSender(given: SenderOptions): Sender {
  const settings = readSettings(given)
  const encode = createEncoder(given)
  const { origin } = given.connection
  const { dispatcher } = given
  if (dispatcher !== undefined) checkDispatched(given)
  const proxy =
    dispatcher === undefined ? proxyRoute(origin, given.proxyEnvironment ?? process.env) : undefined
  const redact = createRedactor(given.authorization, proxy?.credentials)
  const gate = createGate(given, settings.connections)
  const transport = createTransport({ origin, proxy, dispatcher, redact, ...settings })
  const shared: Shared = {
    ...settings,
    origin,
    gate,
    exchange: given.paceSharing && new PaceExchange(gate, given.paceSharing),
    transport,
    redact,
    proxy,
    watch: createWatch(given.hooks ?? {}, given.logger, redact),
    noteDate: given.noteDate,
    budget: createRetryBudget(),
    counts: { sent: 0, succeeded: 0, failed: 0, retried: 0, throttled: 0, waitedMs: 0 },
    waiting: new Set(),
    pausingStatus: undefined,
    closed: false,
  }
  let closing: Promise<void> | undefined

  return {
    async send(operation, input, sendOptions = {}) {
      const { signal, stop: gentle } = sendOptions
      signal?.throwIfAborted()
      if (gentle?.aborted) throw new StoppedBeforeSending(gentle.reason)
      const request = encode(operation, input)
      const stop = new Stop()
      const call = new Call(shared, operation, request, sendOptions, stop)
      if (signal === undefined && gentle === undefined) return await call.run()
      const onAbort = () => stop.now(signal?.reason)
      const onStop = () => call.stopUnlessSent()
      signal?.addEventListener('abort', onAbort, { once: true })
      gentle?.addEventListener('abort', onStop, { once: true })
      try {
        return await call.run()
      } finally {
        signal?.removeEventListener('abort', onAbort)
        gentle?.removeEventListener('abort', onStop)
      }
    },
    stats() {
      const { waitedMs, ...counts } = shared.counts
      const { pausedMs, ...state } = gate.state
      return {
        ...state,
        ...counts,
        waitedMs: Math.round(waitedMs),
        pausedMs: Math.round(pausedMs),
      }
    },
    close() {
      shared.closed = true
      closing ??= closeAll(shared)
      for (const stop of shared.waiting) stop.wake()
      return closing
    },
  }
}

async function closeAll({ transport, exchange }: Shared): Promise<void> {
  await Promise.all([transport.close(), exchange?.close()])
}

type Settings = { readonly [Name in keyof typeof DEFAULTS]: number }

function readSettings(given: SenderOptions): Settings {
  const settings: { -readonly [Name in keyof Settings]: number } = { ...DEFAULTS }
  for (const name of Object.keys(DEFAULTS) as (keyof Settings)[]) {
    settings[name] = given[name] ?? DEFAULTS[name]
  }
  return settings
}

/** @throws InvalidInputError */
function checkDispatched(given: SendingOptions): void {
  for (const name of ['connectTimeoutMs', 'proxyEnvironment'] as const) {
    if (given[name] !== undefined) {
      throw new InvalidInputError(`${name} has no effect with a dispatcher`, {
        field: name,
        hint: `Leave ${name} out, and set it on the dispatcher.`,
      })
    }
  }
}
