import { describe, expect, it } from 'vitest'
import { fitBoth, literal } from './diff-output.ts'

describe('two values that differ', () => {
  it('stand as they are where there is room', () => {
    expect(fitBoth('"a"', '"b"', 12)).toEqual(['"a"', '"b"'])
  })

  it('are cut at their end where they differ before that', () => {
    expect(fitBoth(`"a${'x'.repeat(50)}"`, '"b"', 12)).toEqual(['"axxxxxxxxx…', '"b"'])
  })

  it('show where they differ, however far that is', () => {
    const same = 'x'.repeat(100_000)
    const [one, other] = fitBoth(`${same}1`, `${same}2`, 20)
    expect([one, other]).toEqual([`…${'x'.repeat(12)}1`, `…${'x'.repeat(12)}2`])
    expect(fitBoth(same, `${same}2`, 20)[1]).toMatch(/2$/)
  })
})

it('texts stand in quotes, so that null, "null" and numbers are told apart', () => {
  const shown = [null, 'null', '', '1', 1, true, { a: [1n] }, 'a\nb'].map((value) =>
    literal(value, 'jsonb'),
  )
  expect(shown).toEqual(['null', '"null"', '""', '"1"', '1', 'true', '{"a":[1]}', '"a\\nb"'])
  expect(literal('1.50', 'numeric')).toBe('1.50')
})
