import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CsvParser, type CsvRow, type CsvShape } from './csv-parser.ts'

const COMMA: CsvShape = { delimiter: ',', lineEnd: '\n' }

function read(chunks: readonly string[], shape = COMMA): { rows: CsvRow[]; failure: unknown } {
  const parser = new CsvParser(shape)
  const rows = chunks.flatMap((chunk) => parser.push(chunk, false))
  rows.push(...parser.push('', true))
  return { rows, failure: parser.failure }
}

const cells = (text: string, shape = COMMA) => read([text], shape).rows.map((row) => row.cells)
const failure = (text: string) => read([text]).failure

describe('CsvParser', () => {
  it('distinguishes an empty cell from an empty one in quotes', () => {
    expect(cells('a,,""\n,\n')).toEqual([
      ['a', null, ''],
      [null, null],
    ])
  })

  it('unfolds quotes, and lets cells hold delimiters and line ends', () => {
    expect(cells('"a,""b""","x\r\ny"\n""""\n')).toEqual([['a,"b"', 'x\r\ny'], ['"']])
  })

  it('takes a quote inside a cell for itself when the cell does not begin with one', () => {
    expect(cells(`37°36'37.8"N,5" pipe\n`)).toEqual([[`37°36'37.8"N`, '5" pipe']])
  })

  it('ends lines with both kinds of line end, and the last one with none', () => {
    expect(cells('a,b\r\nc,\n"d"\r\n"e",f')).toEqual([['a', 'b'], ['c', null], ['d'], ['e', 'f']])
    expect(cells('a\r')).toEqual([['a']])
    expect(cells('a,\r\n')).toEqual([['a', null]])
  })

  it('keeps a carriage return inside a cell', () => {
    expect(cells('a\rb,c\r\n')).toEqual([['a\rb', 'c']])
  })

  it('reads lines that end with a carriage return alone', () => {
    const mac: CsvShape = { delimiter: ';', lineEnd: '\r' }
    expect(cells('a;b\r"x\ny";\r\n1;2', mac)).toEqual([
      ['a', 'b'],
      ['x\ny', null],
      ['1', '2'],
    ])
  })

  it('reports the line on which each row begins, also after line ends in quotes', () => {
    const { rows } = read(['a\n"b\n\r\nc","d\n"\ne\n\nf\n'])
    expect(rows.map(({ line }) => line)).toEqual([1, 2, 6, 7, 8])
  })

  it('leaves rows ragged, and blank lines as a row with nothing', () => {
    expect(cells('a,b\n1\n\n1,2,3\n')).toEqual([['a', 'b'], ['1'], [null], ['1', '2', '3']])
  })

  it('stops at text after a closing quote, and says where the cell began', () => {
    const { rows, failure: found } = read(['a,b\n1,2\n3,"4\n"x\n5,6\n'])
    expect(rows).toHaveLength(2)
    expect(found).toEqual({ line: 3, reason: 'something follows the closing quote of a cell' })
  })

  it('stops at an unclosed quote, on the line where it was opened', () => {
    expect(failure('a\nb\n"c\nd\n')).toEqual({
      line: 3,
      reason: 'a quote was opened and never closed',
    })
    expect(failure('a,"b\n"\n"x\ny","z\n')).toMatchObject({ line: 4 })
  })

  it('gives no rows after the failure', () => {
    const parser = new CsvParser(COMMA)
    parser.push('"a"b\n', false)
    expect(parser.push('c\n', true)).toEqual([])
  })

  it('reads a row of megabytes in small chunks without reading it again each time', () => {
    const long = 'x'.repeat(16 * 1024 * 1024)
    const chunks = `"${long}",b\n`.match(/.{1,65536}/gs) ?? []
    const { rows } = read(chunks)
    expect(rows).toHaveLength(1)
    expect(rows[0]?.cells[0]).toHaveLength(long.length)
  })

  it('gives the same rows however the text is cut', () => {
    const piece = fc.constantFrom('a', ',', '"', '""', '\n', '\r\n', '\r', 'é😀', ' ', ';')
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }),
        fc.constantFrom<CsvShape>(COMMA, { delimiter: ',', lineEnd: '\r' }),
        (pieces, shape) => {
          expect(read(pieces, shape)).toEqual(read([pieces.join('')], shape))
          expect(read([...pieces.join('')], shape)).toEqual(read([pieces.join('')], shape))
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('reads well-formed text as csv-parse does', () => {
    const cell = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', ' ', ';', 'é') }),
      fc.string(),
    )
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
    const written = fc.tuple(cell, fc.boolean()).map(([text, quote]) => {
      return quote || /[",\r\n]/.test(text) ? quoted(text) : text
    })
    fc.assert(
      fc.property(
        fc.array(fc.array(written, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 }),
        fc.constantFrom('\n', '\r\n'),
        (rows, end) => {
          const text = rows.map((row) => row.join(',') + end).join('')
          const theirs = parse(text, { relax_column_count: true, record_delimiter: end })
          const ours = cells(text).map((row) => row.map((one) => one ?? ''))
          expect(ours).toEqual(theirs)
        },
      ),
      { numRuns: 1000 },
    )
  })
})
