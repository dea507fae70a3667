import { expect, it } from 'vitest'
import { RowBudget } from './row-budget.ts'

it('has room for a number of rows, and says how many are omitted', () => {
  const budget = new RowBudget(2)
  expect(budget.remarks('changes')).toEqual([])
  expect([1, 2, 3, 4].map(() => budget.take({ after: ['x'] }))).toEqual([true, true, false, false])
  budget.omit(3)
  expect(budget.omitted).toBe(5)
  expect(budget.remarks('changes')[0]).toMatch(/^5 changes are not on this page/)
})

it('has room for a length of values, after which also short rows are omitted', () => {
  const budget = new RowBudget(100, 50)
  expect(budget.take({ before: ['x'.repeat(20)], after: [{ json: 'y'.repeat(10) }] })).toBe(true)
  expect(budget.take({ after: ['x'.repeat(20)] })).toBe(false)
  expect(budget.take({ after: ['x'] })).toBe(false)
  expect(budget.omitted).toBe(2)
})
