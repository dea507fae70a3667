/** Opens an HTTP API as a side. */

import type { SideInput } from '../open-side.ts'
import type { ReadOptions, Side, SideReading } from '../side.ts'
import { SideError } from '../side-error.ts'
import { type HttpPlan, planRequests } from './plan.ts'
import { PageReading } from './reading.ts'
import { Retries, type RetryOptions } from './retry.ts'
import { type HttpTimeouts, HttpTransport } from './transport.ts'
import { conditionsOf, isWholeList } from './validator.ts'

const CONNECT_TIMEOUT_MS = 10_000
const HEADERS_TIMEOUT_MS = 60_000
const IDLE_TIMEOUT_MS = 60_000

/**
 * Checks the address and settings. The API is requested by `read`.
 *
 * @param wait replaces the waiting before a retry, for tests
 */
export async function openHttp(input: SideInput, wait?: RetryOptions['wait']): Promise<Side> {
  const plan = planRequests(input)
  return {
    kind: 'http',
    name: plan.name,
    can: { snapshot: false, unchanged: isWholeList(plan.settings.paging) },
    read: (options = {}) => readHttp(input, plan, options, wait),
    async [Symbol.asyncDispose]() {},
  }
}

async function readHttp(
  input: SideInput,
  plan: HttpPlan,
  options: ReadOptions,
  wait: RetryOptions['wait'],
): Promise<SideReading> {
  const { settings } = plan
  const timeouts: HttpTimeouts = {
    connectMs: settings.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    headersMs: settings.headersTimeoutMs ?? HEADERS_TIMEOUT_MS,
    idleMs: settings.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
  }
  const transport = new HttpTransport(input.env, timeouts)
  const deadline = deadlineOf(plan)
  const signal = AbortSignal.any(
    [input.signal, options.signal, deadline.signal].filter((each) => each !== undefined),
  )
  const close = async () => {
    deadline.clear()
    await transport[Symbol.asyncDispose]()
  }
  try {
    signal.throwIfAborted()
    const reading = new PageReading({
      plan,
      transport,
      signal,
      retries: new Retries({ signal, onRetry: input.onRetry, wait }),
      conditions: conditionsOf(options.ifChangedFrom, plan),
    })
    const bytes = reading.bytes()
    // The first rows show whether the API can be read, and in which format.
    const first = await bytes.next()
    return toSideReading(reading, plan, first, bytes, close)
  } catch (error) {
    await close()
    throw error
  }
}

function toSideReading(
  reading: PageReading,
  plan: HttpPlan,
  first: IteratorResult<Uint8Array, void>,
  rest: AsyncGenerator<Uint8Array, void, undefined>,
  close: () => Promise<void>,
): SideReading {
  const { format, isUnchanged, notes } = reading
  return {
    format: format === undefined || format === 'json' ? 'ndjson' : format,
    columns: undefined,
    count: undefined,
    notes,
    ...(isUnchanged && { unchanged: true }),
    get validator() {
      return reading.validator
    },
    async *bytes() {
      if (isUnchanged) {
        throw new SideError(
          'SIDE_FAILED',
          `${plan.name} has not changed, so that no rows were sent`,
        )
      }
      if (first.done !== true) yield first.value
      yield* rest
    },
    async [Symbol.asyncDispose]() {
      await rest.return()
      await close()
    },
  }
}

interface Deadline {
  readonly signal: AbortSignal | undefined
  readonly clear: () => void
}

function deadlineOf({ settings, name }: HttpPlan): Deadline {
  const { timeoutMs } = settings
  if (timeoutMs === undefined) return { signal: undefined, clear() {} }
  const controller = new AbortController()
  const timer = setTimeout(() => {
    const message = `${name}: the list was not read within ${timeoutMs / 1000} s`
    controller.abort(new SideError('SIDE_UNREACHABLE', message, { isTransient: true }))
  }, timeoutMs)
  return { signal: controller.signal, clear: () => clearTimeout(timer) }
}
