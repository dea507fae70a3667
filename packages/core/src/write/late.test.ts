import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ConnectionError, GatewayError, TimeoutError, UnexpectedAnswerError } from '../errors.ts'
import { lateMs, lateUntilAfter, mayBeUnread } from './late.ts'

const gateway = (status: number) => new GatewayError('failed', { status, executed: 'maybe' })

test.each([
  ['a timeout', new TimeoutError('m'), 2_500, true],
  ['a broken connection', new ConnectionError('m'), 750, true],
  ['408', gateway(408), 2_500, false],
  ['502', gateway(502), 2_500, false],
  ['504', gateway(504), 2_500, false],
  ['500', gateway(500), 250, false],
  ['503', gateway(503), 250, false],
  ['a response that is not understood', new UnexpectedAnswerError('m'), 250, false],
])('after %s', (_, error, ms, isUnread) => {
  expect(lateMs(error)).toBe(ms)
  expect(mayBeUnread(error)).toBe(isUnread)
})

test('the end of a process that this clock has not reached yet counts as now', () => {
  const now = performance.now()
  expect(lateUntilAfter(now - 1_000)).toBe(now + 1_500)
  expect(lateUntilAfter(now + 60_000)).toBeLessThan(now + 30_000)
})

describe('docs/how-it-works/promises.md', () => {
  const doc = readFileSync(
    new URL('../../../../docs/how-it-works/promises.md', import.meta.url),
    'utf8',
  ).replace(/ {2,}/g, ' ')

  test.each([
    ['a timeout, or a status 408, 502 or 504', lateMs(new TimeoutError('m'))],
    ['a broken connection', lateMs(new ConnectionError('m'))],
    ['another response', lateMs(gateway(500))],
    ['the end of the process that sent it', lateUntilAfter(0)],
  ])('states how late a request may be that ended by %s', (how, ms) => {
    expect(doc).toContain(`| ${how} | ${ms / 1_000} s |`)
  })
})
