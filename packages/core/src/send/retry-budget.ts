/**
 * A budget for retries, shared by all calls of a client. In an outage each request would otherwise
 * become five. Retries draw on it, successes fill it up; when it is empty, failures are final at
 * once until something succeeds again. A request refused by the rate limit costs nothing: the gate
 * holds it back, so it cannot multiply.
 */
export const RETRY_BUDGET = {
  /** Enough for 50 retries in a row without a single success. */
  capacity: 500,
  retryCost: 10,
  /** Affords a steady share of up to one failure in ten requests forever. */
  successRefund: 1,
} as const

export interface RetryBudget {
  affordable(): boolean
  /** Pays for one retry. */
  draw(): void
  /** Notes a success; one that came from retries gives their cost back. */
  refund(retries: number): void
}

export function createRetryBudget(): RetryBudget {
  const { capacity, retryCost, successRefund } = RETRY_BUDGET
  let tokens: number = capacity
  return {
    affordable: () => tokens >= retryCost,
    draw() {
      tokens = Math.max(0, tokens - retryCost)
    },
    refund(retries) {
      tokens = Math.min(capacity, tokens + (retries === 0 ? successRefund : retries * retryCost))
    },
  }
}
