/** CSV as other programs write it, by an independent library and by hand where only a program does so. */
import fc from 'fast-check'
import Papa from 'papaparse'
import { describe, expect, it } from 'vitest'
import { readAll } from '../../test/reading.ts'

interface Kind {
  /** What writes such files. */
  readonly by: string
  readonly config: Papa.UnparseConfig
  readonly prefix?: string
  readonly encoding?: BufferEncoding
}

const KINDS: readonly Kind[] = [
  { by: 'RFC 4180', config: { newline: '\r\n' } },
  { by: 'Unix tools', config: { newline: '\n' } },
  { by: 'databases, everything in quotes', config: { newline: '\n', quotes: true } },
  { by: 'Excel in Western Europe', config: { delimiter: ';', newline: '\r\n' } },
  { by: 'Excel, "CSV UTF-8"', config: { newline: '\r\n' }, prefix: '\ufeff' },
  {
    by: 'Excel, "Unicode text"',
    config: { delimiter: '\t', newline: '\r\n' },
    prefix: '\ufeff',
    encoding: 'utf16le',
  },
  {
    by: 'a file that sets the delimiter for Excel',
    config: { delimiter: '|', newline: '\r\n' },
    prefix: 'sep=|\r\n',
  },
  { by: 'Excel for old Macintosh', config: { delimiter: ';', newline: '\r' } },
  { by: 'Python on Windows without newline=""', config: { newline: '\r\r\n' } },
  { by: 'pandas with sep="|"', config: { delimiter: '|', newline: '\n' } },
]

const ROWS = [
  ['name', 'city', 'note', 'n'],
  ['Zoë', 'Köln', 'says "hi"', '1'],
  ['東京', 'a,b;c|d\te', 'two\nlines', '00501'],
  ['O’Neill', "'=1+1", ' spaced ', '-1.50'],
]

function bytesOf({ config, prefix = '', encoding }: Kind, rows: readonly string[][]): Buffer {
  return Buffer.from(prefix + Papa.unparse([...rows], config), encoding)
}

describe('CSV as it is written by', () => {
  it.each(KINDS)('$by', async (kind) => {
    const { header, rows, error } = await readAll(bytesOf(kind, ROWS))
    expect(error).toBeUndefined()
    expect([header, ...rows.map(({ cells }) => cells)]).toEqual(ROWS)
  })

  it('these programs, with any cells', async () => {
    const cell = fc
      .array(fc.constantFrom('a', 'é', '1', '.', ',', ';', '\t', '|', '"', '\n', ' ', "'", '😀'), {
        minLength: 1,
        maxLength: 6,
      })
      .map((letters) => letters.join(''))
    const table = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 4 })
    const kinds = KINDS.filter(({ by }) => !by.includes('Macintosh'))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...kinds), table, async (kind, cells) => {
        const { config } = kind
        const rows = [['first', 'second', 'third'], ...cells]
        const { rows: read, error } = await readAll(bytesOf(kind, rows), {
          delimiter: config.delimiter ?? ',',
          format: 'csv',
        })
        expect(error).toBeUndefined()
        expect(read.map((row) => row.cells)).toEqual(cells)
      }),
    )
  })
})
