import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DecimalEvidence } from './decimal-evidence.ts'
import { type DecimalMark, marksOf, readNumber } from './numbers.ts'

type Type = 'int' | 'numeric'

interface Case {
  readonly columns: Readonly<Record<string, readonly string[]>>
  readonly delimiter?: string
  readonly decimal?: DecimalMark
  readonly types?: Readonly<Record<string, Type>>
}

function problemOf({ columns, delimiter = ';', decimal, types = {} }: Case) {
  const evidence = new DecimalEvidence(decimal, { delimiter })
  for (const [name, texts] of Object.entries(columns)) {
    for (const [index, text] of texts.entries()) {
      evidence.note(name, types[name] ?? 'numeric', text, index + 2)
    }
  }
  return evidence.problem()
}

describe('numbers with two readings', () => {
  it('are reported with both readings, their lines, and the option that resolves them', () => {
    const problem = problemOf({ columns: { price: ['7', '12,50', '1.234'] } })
    expect(problem?.message).toBe(
      'numbers can be read in two ways: "1.234" (line 4) in "price" is 1234 or 1.234, next to "12,50" (line 3)',
    )
    expect(problem).toMatchObject({ code: 'INVALID_INPUT', field: 'decimal' })
    expect(problem?.hint).toBe(
      'Pass --decimal , if the comma is the decimal mark (1.234 is 1234), --decimal . if the point is.',
    )
  })

  it.each<[string, Case]>([
    ['next to a comma, in either order', { columns: { a: ['1.234', '12,50'] } }],
    ['beside a comma and a point', { columns: { a: ['12.50', '1.234', '12,50'] } }],
    ['beside thousands in two groups', { columns: { a: ['1.234', '1.234.567'] } }],
    ['beside a comma in another column', { columns: { a: ['1.234'], b: ['2,5'] } }],
    ['alone among semicolons', { columns: { a: ['1.234', '17'] } }],
    ['next to a comma, with any delimiter', { columns: { a: ['1.234', '2,5'] }, delimiter: ',' }],
    [
      'beside a comma in a column of integers',
      { columns: { a: ['1.234'], n: ['1.234.567'] }, types: { n: 'int' }, delimiter: '\t' },
    ],
    ['with spaces and signs', { columns: { a: [' -1.234 ', '+2,5'] } }],
  ])('%s', (_, given) => {
    expect(problemOf(given)?.message).toContain('two ways')
  })

  it.each<[string, Case]>([
    ['with a decimal point', { columns: { a: ['1.234', '12.50'] } }],
    ['where another column has such a point', { columns: { a: ['1.234'], b: ['0.5'] } }],
    ['of a file with commas between its cells', { columns: { a: ['1.234'] }, delimiter: ',' }],
    ['once it is said that a comma does', { columns: { a: ['1.234', '2,5'] }, decimal: ',' }],
    ['once it is said that a point does', { columns: { a: ['1.234', '2,5'] }, decimal: '.' }],
    ['where none could be two', { columns: { a: ['1,5', '0.123', '1234.567', '1 234'] } }],
    ['that are rejected one by one', { columns: { a: ['1,234', '12.50', '2,5'] } }],
    [
      'of integers, which are rejected one by one',
      { columns: { a: ['1.234', '2,5'] }, types: { a: 'int' } },
    ],
    [
      'in the other column, which decides for itself',
      { columns: { a: ['2,5'], b: ['1.234', '0.5'] } },
    ],
    ['that are none', { columns: { a: ['a,b', '1.2.3', ',', '.'] } }],
  ])('are none %s', (_, given) => {
    expect(problemOf(given)).toBeUndefined()
  })

  it('are found in any order of the rows', () => {
    const texts = fc.shuffledSubarray(['1.234', '12,50', '12.50', '1.234.567', '17', 'x', '1,234'])
    fc.assert(
      fc.property(texts, fc.constantFrom(';', ','), (column, delimiter) => {
        const sorted = column.toSorted()
        const found = problemOf({ columns: { a: column }, delimiter }) !== undefined
        expect(found).toBe(problemOf({ columns: { a: sorted }, delimiter }) !== undefined)
        // Nothing that is read silently has another reading that the column speaks for.
        const commas = column.some((text) => marksOf(text) === ',')
        if (commas && column.includes('1.234')) expect(found).toBe(true)
      }),
    )
  })
})

it('a number is read as the client reads it exactly where its marks say so', () => {
  const text = fc.stringMatching(/^[+-]?[0-9]{0,4}[.,]?[0-9]{0,4}[.,]?[0-9]{0,4}$/)
  fc.assert(
    fc.property(text, (number) => {
      const read = readNumber(number, false, undefined)
      const marks = marksOf(number)
      if (read.ok && marks === 'either') expect(number).toMatch(/^[+-]?\d{1,3}\.\d{3}$/)
      if (marks === ',') expect(read.ok).toBe(false)
      if (marks === '.') expect(read).toEqual(readNumber(number, false, '.'))
    }),
  )
})
