import { expect, it } from 'vitest'
import { judgeClocks } from './reach.ts'

const NOON = Date.UTC(2026, 10, 22, 12)

it.each([
  ['the same second', 0, 999, 'ok', 'agree'],
  ['a second apart', 0, -900, 'ok', 'agree'],
  ['half a minute behind', 30_000, 0, 'ok', 'is 31 s behind'],
  ['half a minute ahead', -30_000, 0, 'ok', 'is 30 s ahead of'],
  ['an hour behind', 3_600_000, 0, 'failed', 'is 3601 s behind'],
  ['two minutes ahead', -120_000, 0, 'failed', 'is 120 s ahead of'],
] as const)('clocks that are %s', (_, theirs, ours, status, says) => {
  const check = judgeClocks(NOON + theirs, NOON + ours)
  expect(check.status).toBe(status)
  expect(check.found).toContain(says)
})
