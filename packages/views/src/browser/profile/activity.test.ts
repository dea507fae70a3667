import { expect, it } from 'vitest'
import { activityOf } from './activity.ts'

it('fills days without changes with 0', () => {
  expect(
    activityOf([
      { day: '2026-02-27', changes: 3 },
      { day: '2026-03-02', changes: 4 },
    ]),
  ).toEqual({
    points: [
      { day: '2026-02-27', changes: 3 },
      { day: '2026-02-28', changes: 0 },
      { day: '2026-03-01', changes: 0 },
      { day: '2026-03-02', changes: 4 },
    ],
    total: 7,
    isWeekly: false,
  })
})

it('sums up more than three months to weeks that end on the last day', () => {
  const { points, total, isWeekly } = activityOf([
    { day: '2026-01-01', changes: 1 },
    { day: '2026-06-23', changes: 2 },
    { day: '2026-06-29', changes: 3 },
  ])
  expect(isWeekly).toBe(true)
  expect(total).toBe(6)
  expect(points.at(-1)).toEqual({ day: '2026-06-23', changes: 5 })
  expect(points[0]?.changes).toBe(1)
  expect(points).toHaveLength(26)
})

it('ignores what is not a day, and bounds a span with a wrong date', () => {
  expect(activityOf([{ day: 'soon', changes: 1 }]).points).toEqual([])
  const { points } = activityOf([
    { day: '0001-01-01', changes: 1 },
    { day: '2026-01-01', changes: 2 },
  ])
  expect(points.length).toBeLessThan(530)
  expect(points.at(-1)?.changes).toBe(2)
})
