/** Matches the start of a formula for a spreadsheet program with any separator. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Collector } from '../../test/reading.ts'
import { createSink, type SinkColumn } from './sink.ts'

const COLUMNS: readonly SinkColumn[] = [
  { name: 'a', type: 'text' },
  { name: 'n', type: 'numeric' },
  { name: '=b', type: 'text' },
]

/** Splits a text file as spreadsheets do: quotes count only where a cell begins. */
function cellsOf(text: string, separator: string): string[] {
  const cells: string[] = []
  let at = 0
  while (at < text.length) {
    let cell = ''
    if (text[at] === '"') {
      for (at += 1; at < text.length; at += 1) {
        if (text[at] !== '"') cell += text[at]
        else if (text[at + 1] === '"') cell += text[at++]
        else break
      }
      at += 1
    }
    while (at < text.length && text[at] !== separator && !/[\r\n]/.test(text[at] ?? '')) {
      cell += text[at]
      at += 1
    }
    at += 1
    cells.push(cell)
  }
  return cells
}

const cell = fc.string({
  unit: fc.constantFrom(...'=+-@a1"\' ,;\t|^\r\n', '\uff1d', '\uff0b', '\uff0d', '\uff20'),
  maxLength: 8,
})

const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/

it('no program begins a formula in a file that is made safe', async () => {
  const record = fc.record({ a: cell, n: fc.constantFrom('-5', '-1.5e-3', '7'), '=b': cell })
  const separator = fc.constantFrom(',', ';', '\t', '|')
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { minLength: 1, maxLength: 3 }),
      fc.oneof(separator, fc.constant('^')),
      separator,
      async (records, delimiter, program) => {
        const out = new Collector()
        const sink = createSink('csv', COLUMNS, out, { safeFormulas: true, delimiter })
        await sink.write(records)
        await sink.end()
        for (const each of cellsOf(out.bytes.toString(), program)) {
          // Where the program does not split, a line is one cell, which may begin with a number.
          const [first = ''] = each.trimStart().split(delimiter)
          if (FORMULA.test(each)) expect(first).toMatch(/^-(?:5|1\.5e-3)\s*$/)
        }
      },
    ),
    { numRuns: 3_000 },
  )
})
