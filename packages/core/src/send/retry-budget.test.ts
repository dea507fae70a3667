import { expect, test } from 'vitest'
import { createRetryBudget, RETRY_BUDGET } from './retry-budget.ts'

const { capacity, retryCost, successRefund } = RETRY_BUDGET

function retriesUntilEmpty(budget: ReturnType<typeof createRetryBudget>): number {
  let retries = 0
  while (budget.affordable()) {
    budget.draw()
    retries += 1
    if (retries > capacity) throw new Error('never empty')
  }
  return retries
}

test('affords a limited number of retries in a row', () => {
  const budget = createRetryBudget()
  expect(retriesUntilEmpty(budget)).toBe(capacity / retryCost)
  expect(budget.affordable()).toBe(false)
})

test('a plain success gives a little back', () => {
  const budget = createRetryBudget()
  retriesUntilEmpty(budget)
  for (let n = 0; n < retryCost / successRefund - 1; n++) budget.refund(0)
  expect(budget.affordable()).toBe(false)
  budget.refund(0)
  expect(budget.affordable()).toBe(true)
})

test('a success that came from retries gives their cost back', () => {
  const budget = createRetryBudget()
  retriesUntilEmpty(budget)
  budget.refund(2)
  expect(retriesUntilEmpty(budget)).toBe(2)
})

test('never holds more than its capacity', () => {
  const budget = createRetryBudget()
  for (let n = 0; n < 10_000; n++) budget.refund(0)
  budget.refund(50)
  expect(retriesUntilEmpty(budget)).toBe(capacity / retryCost)
})

test('a steady share of failures is afforded forever', () => {
  const budget = createRetryBudget()
  for (let n = 0; n < 10_000; n++) {
    if (n % 11 === 0) {
      expect(budget.affordable()).toBe(true)
      budget.draw()
    } else budget.refund(0)
  }
})
