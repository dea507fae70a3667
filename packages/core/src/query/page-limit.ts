import { RejectedError } from '../errors.ts'
import type { Sender } from '../send/sender.ts'
import type { FetchPage } from './page.ts'

const SETTING_HINT =
  'Set `maxSelectLimit` in the dialect to the largest limit that the gateway accepts.'

/** The largest limits that gateways stated when they rejected one, by client and operation. */
const learned = new WeakMap<Sender, Map<string, number>>()

/**
 * Fetches pages with smaller limits where the gateway rejects one and states the largest that it
 * accepts. The client uses that limit for later reads.
 *
 * @throws RejectedError with a hint that names the dialect setting, when a SELECT's limit is
 *   rejected without a number
 */
export function withLearnedLimit(
  fetch: FetchPage,
  sender: Sender,
  operation: 'getTableData' | 'performTableAction',
): FetchPage {
  return async (skip, limit, signal) => {
    const limits = limitsOf(sender)
    const first = Math.min(limit, limits.get(operation) ?? limit)
    let tried = first
    for (;;) {
      try {
        const page = await fetch(skip, tried, signal)
        if (tried < first) limits.set(operation, tried)
        return page
      } catch (error) {
        if (!isAboutLimit(error)) throw error
        const smaller = namedLimit(error.gatewayMessage ?? '', tried)
        if (smaller === undefined) {
          throw operation === 'performTableAction' ? withHint(error) : error
        }
        tried = smaller
      }
    }
  }
}

function limitsOf(sender: Sender): Map<string, number> {
  const limits = learned.get(sender) ?? new Map<string, number>()
  learned.set(sender, limits)
  return limits
}

function isAboutLimit(error: unknown): error is RejectedError {
  return (
    error instanceof RejectedError &&
    error.status === 400 &&
    /\blimit\b/i.test(error.gatewayMessage ?? '')
  )
}

/** The largest number after the word limit that is smaller than the limit sent. */
export function namedLimit(message: string, sent: number): number | undefined {
  const [, after = ''] = /\blimit\b([\s\S]*)/i.exec(message) ?? []
  const numbers = (after.match(/(?<![\w.-])\d+(?![\w-]|\.\d)/g) ?? []).map(Number)
  const fitting = numbers.filter((number) => number >= 1 && number < sent)
  return fitting.length === 0 ? undefined : Math.max(...fitting)
}

function withHint(error: RejectedError): RejectedError {
  const { status, gatewayMessage, request, executed, cause } = error
  const details = { status, gatewayMessage, request, executed, cause, hint: SETTING_HINT }
  return new RejectedError(error.message, details)
}
