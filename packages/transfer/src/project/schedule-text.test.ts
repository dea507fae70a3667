import fc from 'fast-check'
import { expect, it } from 'vitest'
import { problemOfCron, problemOfTimezone } from './schedule-text.ts'

it.each([
  '0 2 * * *',
  '*/15 6-20 * * MON-FRI',
  '0,30 0-6/2 1,15 jan,jul 0',
  '5 4 * * 7',
  ' 0  2 * * * ',
  '0 0 29 2 *',
  '0 0 30 2 1',
])('%s is a schedule', (text) => {
  expect(problemOfCron(text)).toBeUndefined()
})

it.each([
  ['', 'five fields'],
  ['0 2 * *', 'five fields'],
  ['0 0 2 * * *', 'five fields'],
  ['@daily', 'five fields'],
  ['60 2 * * *', 'the minute "60" must be *, a number from 0 to 59, a range or a step'],
  ['0 24 * * *', 'the hour "24" must be'],
  ['0 2 0 * *', 'the day of the month "0" must be'],
  ['0 2 * 13 *', 'the month "13" must be'],
  ['0 2 * * 8', 'the day of the week "8" must be'],
  ['0 2 * * fry', 'the day of the week "fry" must be'],
  ['0 20-8 * * *', 'the hour "20-8" must be'],
  ['*/0 * * * *', 'the minute "*/0" must be'],
  ['5/10 * * * *', 'the minute "5/10" must be'],
  ['0 2 , * *', 'the day of the month "" must be'],
  ['0 2 L * *', 'the day of the month "L" must be'],
  ['0 0 30 2 *', 'that day never comes'],
  ['0 0 31 4,6,9,nov *', 'that day never comes'],
])('%s is not a schedule', (text, problem) => {
  expect(problemOfCron(text)).toContain(problem)
})

it('a schedule of numbers in their ranges is valid, with any step', () => {
  const part = (min: number, max: number) =>
    fc
      .tuple(fc.integer({ min, max }), fc.integer({ min, max }), fc.integer({ min: 1, max: 99 }))
      .map(([a, b, step]) => `${Math.min(a, b)}-${Math.max(a, b)}/${step}`)
  const parts = fc.tuple(part(0, 59), part(0, 23), part(1, 31), part(1, 12), part(0, 7))
  fc.assert(fc.property(parts, (all) => problemOfCron(all.join(' ')) === undefined))
})

it.each(['UTC', 'Europe/Brussels', 'America/Argentina/Buenos_Aires'])('%s is a zone', (zone) => {
  expect(problemOfTimezone(zone)).toBeUndefined()
})

it.each(['', 'Mars/Base', '+02:00', 'Europe'])('the zone "%s" must be', (zone) => {
  expect(problemOfTimezone(zone)).toBe('must be a time zone such as Europe/Brussels')
})
