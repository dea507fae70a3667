/** What other libraries write, and what is read of it. */
import { utils, type WorkBook, type WorkSheet, write } from '@e965/xlsx'
import { describe, expect, it } from 'vitest'
import writeExcelFile from 'write-excel-file/node'
import { readAll } from '../../../test/reading.ts'
import { cellReader } from '../../values/read-cell.ts'
import type { SourceCell } from '../source.ts'

type Cell = NonNullable<WorkSheet[string]>

/** A header and one row, of one cell. */
function bookOf(cell: Cell, change: (book: WorkBook) => void = () => undefined): WorkBook {
  const sheet: WorkSheet = { A1: { t: 's', v: 'title' }, A2: cell, '!ref': 'A1:A2' }
  const book = utils.book_new()
  utils.book_append_sheet(book, sheet, 'Stores')
  change(book)
  return book
}

async function cellIn(book: WorkBook, options = {}): Promise<SourceCell | undefined> {
  const bytes: Buffer = write(book, { type: 'buffer', bookType: 'xlsx', ...options })
  const { header, rows, error } = await readAll(bytes)
  expect(error).toBeUndefined()
  expect(header).toEqual(['title'])
  return rows[0]?.cells[0]
}

const asText = cellReader({ dateFormat: 'DD/MM/YYYY' })
const day = new Date('2024-05-01T00:00:00Z')

describe('a cell that SheetJS wrote', () => {
  it.each<[string, Cell, SourceCell, string | RegExp]>([
    ['a text', { t: 's', v: ' é😀\n<&>' }, ' é😀\n<&>', ' é😀\n<&>'],
    ['digits as text', { t: 's', v: '00501', z: '@' }, '00501', '00501'],
    ['a number', { t: 'n', v: 12.5 }, { json: 12.5 }, '12.5'],
    ['a code', { t: 'n', v: 501, z: '00000' }, { json: 501 }, '00501'],
    ['a percentage', { t: 'n', v: 0.25, z: '0%' }, { json: 0.25 }, '25%'],
    ['an amount', { t: 'n', v: 1234.5, z: '#,##0.00' }, { json: 1234.5 }, '1,234.50'],
    [
      'a telephone number',
      { t: 'n', v: 32470123456, z: '"+"0' },
      { json: 32470123456 },
      '+32470123456',
    ],
    ['a fraction', { t: 'n', v: 1.5, z: '# ?/?' }, { json: 1.5 }, '1 1/2'],
    ['a boolean', { t: 'b', v: true }, { json: true }, 'true'],
    ['a date as a number', { t: 'n', v: 45413, z: 'dd/mm/yyyy' }, { json: day }, '01/05/2024'],
    [
      'a time of day',
      { t: 'n', v: 0.375, z: 'h:mm' },
      expect.objectContaining({ json: 0.375 }),
      '09:00',
    ],
    [
      'a duration',
      { t: 'n', v: 1.0625, z: '[h]:mm' },
      expect.objectContaining({ json: 1.0625 }),
      '25:30',
    ],
    ['a formula with its number', { t: 'n', v: 3, f: '1+2' }, { json: 3 }, '3'],
    ['a formula with its text', { t: 's', v: 'ab', f: '"a"&"b"' }, 'ab', 'ab'],
    [
      'an error',
      { t: 'e', v: 42, w: '#N/A' },
      expect.objectContaining({ json: '#N/A' }),
      /Stores!A2 shows the error #N\/A/,
    ],
  ])('as %s', async (_, cell, value, text) => {
    for (const bookSST of [true, false]) {
      const read = await cellIn(bookOf(cell), { bookSST })
      expect(read).toEqual(value)
      if (typeof text === 'string') expect(asText(read ?? null, 'text', 'x')).toBe(text)
      else expect(() => asText(read ?? null, 'text', 'x')).toThrow(text)
    }
  })

  it('as a date that counts from 1904', async () => {
    const book = bookOf({ t: 'n', v: 43951, z: 'dd/mm/yyyy' }, (made) => {
      made.Workbook = { WBProps: { date1904: true } }
    })
    expect(await cellIn(book)).toEqual({ json: day })
  })

  it('as a date in ISO 8601', async () => {
    const read = await cellIn(bookOf({ t: 'd', v: day, z: 'dd/mm/yyyy' }), { cellDates: true })
    expect(read).toEqual({ json: day })
  })

  it('in a file without compression', async () => {
    expect(await cellIn(bookOf({ t: 'n', v: 5 }), { compression: false })).toEqual({ json: 5 })
  })

  it('in the sheet that is asked for', async () => {
    const book = bookOf({ t: 'n', v: 5 }, (made) => {
      utils.book_append_sheet(made, utils.aoa_to_sheet([['other'], ['x']]), "It's & more")
    })
    const bytes: Buffer = write(book, { type: 'buffer', bookType: 'xlsx' })
    const { header, notes } = await readAll(bytes, { sheet: "It's & more" })
    expect(header).toEqual(['other'])
    expect(notes).toEqual([`sheet "It's & more" of 2`])
  })
})

it('cells that write-excel-file wrote', async () => {
  const date = new Date('2024-05-06T07:08:09.123Z')
  const bytes = await (
    await writeExcelFile([
      ['code', 'price', 'open', 'since', 'share'],
      [
        '007',
        12.5,
        true,
        { value: date, type: Date, format: 'yyyy-mm-dd hh:mm' },
        { value: 0.256, type: Number, format: '0.0%' },
      ],
      [' é😀\n', -0.1, false, null, null],
    ])
  ).toBuffer()
  const { header, rows } = await readAll(bytes)
  expect(header).toEqual(['code', 'price', 'open', 'since', 'share'])
  expect(rows.map(({ cells }) => cells)).toEqual([
    ['007', { json: 12.5 }, { json: true }, { json: date }, { json: 0.256 }],
    [' é😀\n', { json: -0.1 }, { json: false }, null, null],
  ])
  expect(asText(rows[0]?.cells[4] ?? null, 'text', 'x')).toBe('25.6%')
})
