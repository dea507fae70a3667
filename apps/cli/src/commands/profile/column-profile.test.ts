import type { Table, Value } from '@chatlayer-tables/core'
import { expect, it } from 'vitest'
import { ColumnProfile } from './column-profile.ts'
import { withInvisible } from './suspects.ts'

function profile(type: string, values: readonly (Value | undefined)[]) {
  const column = { name: 'c', type }
  const table: Table = { id: 't', botId: 'b', name: 't', description: '', columns: [column] }
  const profile = new ColumnProfile(column, table)
  for (const [index, value] of values.entries()) profile.add(value, `r${index}`)
  return profile.facts(3)
}

function suspects(values: readonly string[], type = 'text') {
  const { suspects } = profile(type, values)
  return Object.fromEntries(
    suspects.map(({ kind, count, examples }) => [kind, [count, ...examples.map((e) => e.value)]]),
  )
}

const PLAIN = Array.from({ length: 20 }, (_, index) => `word ${index}`)

it('counts values, and finds the range by type', () => {
  expect(profile('numeric', ['9', '10', '-1.50', '10.0', null, undefined])).toMatchObject({
    ...{ filled: 4, nulls: 2, distinct: 3, distinctIsExact: true, min: '-1.50', max: '10' },
    frequent: [{ value: '10', count: 2 }, {}, {}],
    suspects: [],
  })
  expect(profile('int', [9, 2n ** 60n, 10])).toMatchObject({ min: '9', max: `${2n ** 60n}` })
  expect(profile('text', ['bb', '👩‍🚀', ''])).toMatchObject({ minLength: 0, maxLength: 3 })
  expect(
    profile('jsonb', [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ]).distinct,
  ).toBe(1)
  expect(profile('bool', [])).toMatchObject({ filled: 0, distinct: 0, frequent: [] })
})

it('finds nothing in plain values', () => {
  expect(suspects([...PLAIN, 'zwei\nZeilen', '‏שלום'.slice(1), 'नमस्ते', '👩‍🚀'])).toEqual({})
})

it('finds values with hidden problems', () => {
  const found = suspects([
    ...PLAIN,
    ' a',
    'b\u200bc',
    'd\u00a0',
    '  ',
    '',
    'Caf\u00c3\u00a9',
    'N/A',
  ])
  expect(found).toEqual({
    space: [2, ' a', 'd\u00a0'],
    invisible: [2, 'b\u200bc', 'd\u00a0'],
    blank: [2, '  ', ''],
    encoding: [1, 'Caf\u00c3\u00a9'],
    'null-word': [1, 'N/A'],
  })
  expect(withInvisible('b\u200bc\u{e0001}')).toBe('b\\u200bc\\u{e0001}')
})

it('finds values that differ only in letter case, and values that are far too long', () => {
  expect(suspects(['Ghent', 'Ghent', 'ghent', 'GHENT ', 'Bruges'])).toMatchObject({
    'letter-case': [2, 'ghent (1), Ghent (2)', 'GHENT  (1), Ghent (2)'],
  })
  const { long } = suspects([...PLAIN, 'x'.repeat(500)])
  expect(long).toEqual([1, expect.stringMatching(/^x{79}… \(500\)$/)])
})

it('finds values that are not numbers among numbers, or not dates among dates', () => {
  const numbers = Array.from({ length: 30 }, (_, index) => `${index}.5`)
  expect(profile('text', numbers).looksLike).toBe('numbers')
  expect(suspects([...numbers, '1.234,5'])).toEqual({ 'not-a-number': [1, '1.234,5'] })
  const dates = Array.from(
    { length: 28 },
    (_, index) => `2026-02-${`${index + 1}`.padStart(2, '0')}`,
  )
  expect(suspects([...dates, '2026-02-30', 'soon'])).toEqual({
    'not-a-date': [2, '2026-02-30', 'soon'],
  })
  const local = Array.from({ length: 28 }, (_, index) => `${index + 1}/12/2026`)
  expect(suspects([...local, '40/12/2026'])).toEqual({ 'not-a-date': [1, '40/12/2026'] })
  expect(profile('text', [...PLAIN, ...numbers]).looksLike).toBeUndefined()
})

it('finds values of another type, odd dates, and duplicate keys', () => {
  expect(suspects(['1', 'many'], 'numeric')).toEqual({ 'not-of-type': [1, 'many'] })
  expect(suspects(['0001-01-01T00:00:00Z', '2026-01-01T00:00:00Z'], 'timestamp')).toEqual({
    'odd-date': [1, '0001-01-01T00:00:00Z'],
  })
  const codes = Array.from({ length: 100 }, (_, index) => `code ${index}`)
  expect(suspects([...codes, 'code 7'])).toEqual({ 'nearly-unique': [1, 'code 7 (2)'] })
})
