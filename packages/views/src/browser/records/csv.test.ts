import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RecordRow } from '../../protocol/records.ts'
import { hasFormula, recordsCsv } from './csv.ts'
import { fieldsOf } from './fields.ts'

const fields = fieldsOf({ columns: [{ name: 'a,b', type: 'string' }] }).slice(0, 2)
const rowOf = (text: string): RecordRow => ({ id: '1', cells: [text] })

/** The fields of CSV, by the grammar of RFC 4180. */
function parse(csv: string): string[][] {
  return [
    ...csv.matchAll(/((?:(?:"(?:[^"]|"")*"|[^",\r\n]*),)*(?:"(?:[^"]|"")*"|[^",\r\n]*))\r\n/g),
  ].map(([, line = '']) =>
    [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
      ([, inQuotes, plain]) => inQuotes?.replaceAll('""', '"') ?? plain ?? '',
    ),
  )
}

describe('recordsCsv', () => {
  it('has titles and exact digits', () => {
    const row: RecordRow = { id: 'x', cells: [{ number: '9007199254740993' }] }
    expect(recordsCsv(fields, [row, { id: 'y', cells: [null] }])).toBe(
      'id,"a,b"\r\nx,9007199254740993\r\ny,\r\n',
    )
  })

  it('reads back as it was, for any text', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => {
        const lines = parse(recordsCsv(fields, texts.map(rowOf)))
        expect(lines).toEqual([['id', 'a,b'], ...texts.map((text) => ['1', text])])
      }),
    )
  })
})

describe('hasFormula', () => {
  it.each([
    ['=1+1', true],
    ['@x', true],
    ['-5 degrees', true],
    ['a=1', false],
  ])('%s: %s', (text, expected) => {
    expect(hasFormula(fields, [rowOf(text)])).toBe(expected)
  })
})
