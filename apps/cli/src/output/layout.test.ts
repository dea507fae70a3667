/** What a terminal shows of rows, at any width. */

import { Writable } from 'node:stream'
import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { rowSink, type SinkColumn } from './record-output.ts'
import { displayValue } from './values.ts'
import { type View, Writer } from './writer.ts'

const PLAIN: View = { wide: false, vertical: false }

interface Shown {
  readonly lines: readonly string[]
  readonly hidden: readonly string[]
}

async function shown(
  columns: readonly SinkColumn[],
  rows: readonly (readonly (string | number | null)[])[],
  { width, height = 24, view = PLAIN }: { width: number; height?: number; view?: View },
): Promise<Shown> {
  let text = ''
  const stream = Object.assign(
    new Writable({
      write(chunk, _encoding, done) {
        text += String(chunk)
        done()
      },
    }),
    { isTTY: true, columns: width, rows: height },
  )
  const sink = rowSink(new Writer(stream, { NO_COLOR: '1' }, view), columns)
  for (const row of rows) await sink.row(row)
  await sink.end()
  return { lines: text.split('\n').slice(0, -1), hidden: sink.hidden.map(({ name }) => name) }
}

const odd = fc.constantFrom(
  '東京',
  '👩‍👩‍👧',
  'e\u0301',
  '\t',
  '\n',
  '\u001b[31m',
  'العربية',
  '\u200b',
)
const word = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.array(odd, { maxLength: 12 }).map((parts) => parts.join('')),
)
const cell = fc.oneof(word, fc.double({ noNaN: true }), fc.integer(), fc.constant(null))
const column = fc.record({
  name: fc.oneof(word, fc.constantFrom('id', 'createdAt')),
  type: fc.constantFrom('text', 'numeric', 'jsonb', undefined),
  role: fc.constantFrom(undefined, undefined, 'id', 'time'),
}) satisfies fc.Arbitrary<SinkColumn>

const table = fc.array(column, { minLength: 1, maxLength: 12 }).chain((columns) =>
  fc.record({
    columns: fc.constant(columns),
    rows: fc.array(fc.array(cell, { minLength: columns.length, maxLength: columns.length }), {
      maxLength: 8,
    }),
  }),
)

describe('rows on a terminal', () => {
  it('never have a line that is wider than the terminal', async () => {
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.integer({ min: 20, max: 200 }),
        fc.boolean(),
        async ({ columns, rows }, width, vertical) => {
          const { lines } = await shown(columns, rows, { width, view: { wide: false, vertical } })
          for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width)
        },
      ),
    )
  })

  it('show the first column with data at any width', async () => {
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.integer({ min: 20, max: 200 }),
        async ({ columns, rows }, width) => {
          const { hidden, lines } = await shown(columns, rows, { width })
          const first = columns.find(({ name, type, role }) => !isGivingWay({ name, type, role }))
          if (first !== undefined) {
            const same = columns.filter(({ name }) => name === first.name).length
            expect(hidden.filter((name) => name === first.name).length).toBeLessThan(same)
          }
          expect(hidden.length).toBeLessThan(columns.length)
          expect(lines.length).toBeGreaterThan(0)
        },
      ),
    )
  })

  it('are not cut under --wide, nor in blocks under --vertical', async () => {
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.integer({ min: 20, max: 80 }),
        fc.boolean(),
        async ({ columns, rows }, width, vertical) => {
          const view = { wide: true, vertical }
          const { lines, hidden } = await shown(columns, rows, { width, view })
          expect(hidden).toEqual([])
          const text = lines.join('\n')
          for (const value of rows.flat()) expect(text).toContain(displayValue(value))
          // Wrapped, all of the value is there as well.
          if (!vertical) return
          const blocks = await shown(columns, rows, { width, view: { wide: false, vertical } })
          const letters = blocks.lines.join('').replace(/\s/g, '')
          for (const value of rows.flat()) {
            const wanted = displayValue(value).replace(/\s/g, '')
            if (wanted.length < 4) expect(letters).toContain(wanted)
          }
        },
      ),
    )
  })

  it('omit IDs and dates before data, and then columns from the end', async () => {
    const columns: SinkColumn[] = [
      { name: 'id' },
      { name: 'updatedAt', role: 'time' },
      ...Array.from({ length: 200 }, (_, index) => ({ name: `column ${index}` })),
    ]
    const rows = Array.from({ length: 30 }, (_, row) => [
      ...[`0562f3fe-b77e-421e-a8f8-0d60589bf7${row + 10}`, '2026-05-01T12:30:00.000Z'],
      ...Array.from({ length: 200 }, (_, index) => `value ${row}.${index}`.padEnd(10, '0')),
    ])
    const { lines, hidden } = await shown(columns, rows, { width: 40 })
    expect(lines[0]).toBe('column 0    column 1    column 2')
    expect(lines[1]).toBe('value 0.00  value 0.10  value 0.20')
    expect(hidden).toHaveLength(199)
    expect(hidden.slice(0, 3)).toEqual(['id', 'updatedAt', 'column 3'])
  })

  it('have IDs that are shortened but differ', async () => {
    const rows = ['0562f3fe-aaaa', '0562f3fe-bbbb'].map((start) => [
      `${start}-421e-a8f8-0d60589bf7bc`,
      'Gent',
    ])
    const { lines } = await shown([{ name: 'id' }, { name: 'city' }], rows, { width: 30 })
    expect(lines).toEqual(['id           city', '0562f3fe-a…  Gent', '0562f3fe-b…  Gent'])
  })

  it('are blocks if columns do not fit and the blocks fit on the screen', async () => {
    const columns = Array.from({ length: 6 }, (_, index) => ({ name: `column ${index}` }))
    const row = columns.map(({ name }) => `the value of ${name}`)
    const one = await shown(columns, [row], { width: 40, height: 5 })
    expect(one.lines.slice(0, 2)).toEqual([
      'column 0  the value of column 0',
      'column 1  the value of column 1',
    ])
    expect(one.hidden).toEqual([])
    const two = await shown(columns, [row, row], { width: 40, height: 17 })
    expect(two.lines[6]).toBe('')
    expect(two.lines).toHaveLength(13)
    const many = await shown(columns, [row, row], { width: 40, height: 16 })
    expect(many.lines).toHaveLength(3)
    expect(many.hidden).toHaveLength(3)
  })

  it('let a later, longer number take the spaces that its line leaves', async () => {
    const columns = [{ name: 'n', type: 'int' }, { name: 'city' }] as const
    const rows = [...Array.from({ length: 200 }, () => [1, 'Gent']), [12_345, 'Gent']]
    const { lines } = await shown(columns, rows, { width: 20 })
    expect(lines.at(-1)).toBe('12345  Gent')
  })
})

function isGivingWay({ name, type, role }: SinkColumn): boolean {
  return role !== undefined || (name === 'id' && type === undefined)
}
