import { InvalidInputError, type Values } from '@chatlayer-tables/core'
import { read, write as writeBook } from '@e965/xlsx'
import { readSheet } from 'read-excel-file/node'
import { describe, expect, it } from 'vitest'
import { Collector, readAll } from '../../../test/reading.ts'
import { createSink, type SinkColumn } from '../sink.ts'

async function write(columns: readonly SinkColumn[], records: readonly Values[]): Promise<Buffer> {
  const out = new Collector()
  const sink = createSink('xlsx', columns, out)
  await sink.write(records)
  await sink.end()
  return out.bytes
}

const BOOK = { type: 'buffer', cellStyles: true, cellNF: true, sheetStubs: true } as const

const one = (type: SinkColumn['type']): SinkColumn[] => [{ name: 'a', type }]

describe('an XLSX file', () => {
  it('is read by another library as what it holds', async () => {
    const columns: SinkColumn[] = [
      { name: 'code', type: 'text' },
      { name: 'price', type: 'numeric' },
      { name: 'open', type: 'bool' },
      { name: 'since', type: 'timestamp' },
      { name: 'more', type: 'jsonb' },
    ]
    const bytes = await write(columns, [
      {
        code: '007 <&> \r\n_x0041_\u0001',
        price: '12.50',
        open: true,
        since: '2024-05-06T07:08:09.123Z',
        more: { a: 1 },
      },
      { code: '=1+1', price: '-3', open: false, since: null, more: null },
    ])
    expect(await readSheet(bytes, { trim: false })).toEqual([
      ['code', 'price', 'open', 'since', 'more'],
      ['007 <&> \r\n_x0041_\u0001', 12.5, true, new Date('2024-05-06T07:08:09.123Z'), '{"a":1}'],
      ['=1+1', -3, false, null, null],
    ])
  })

  it('keeps as text the numbers and times that a spreadsheet would change', async () => {
    const big = await readAll(await write(one('int'), [{ a: '1234567890123456' }, { a: 7 }]))
    expect(big.rows.map(({ cells }) => cells[0])).toEqual(['1234567890123456', { json: 7 }])
    const micros = '2024-05-06T07:08:09.123456Z'
    const old = '1899-12-31T00:00:00.000Z'
    const times = await readAll(await write(one('timestamp'), [{ a: micros }, { a: old }]))
    expect(times.rows.map(({ cells }) => cells[0])).toEqual([micros, old])
  })

  it('distinguishes a record of nulls from no record, and null from the empty text', async () => {
    const { rows } = await readAll(await write(one('text'), [{ a: null }, { a: '' }, { a: null }]))
    expect(rows.map(({ cells }) => cells)).toEqual([[null], [''], [null]])
  })

  it('does so also after another program has saved it, with blank rows in between', async () => {
    const records = [{ a: 'x' }, { a: null }, { a: '' }, { a: null }]
    const book = read(await write(one('text'), records), BOOK)
    const sheet = book.Sheets.Records ?? {}
    // The first of them is moved down, so that blank rows are before it and where it was.
    sheet.A7 = sheet.A3
    delete sheet.A3
    sheet['!ref'] = 'A1:A7'
    const saved = writeBook(book, { ...BOOK, bookType: 'xlsx' })
    expect((await readAll(saved)).rows).toEqual([
      { line: 2, cells: ['x'] },
      { line: 4, cells: [''] },
      { line: 5, cells: [null] },
      { line: 7, cells: [null] },
    ])
  })

  it('takes what is typed into such a record for what it is', async () => {
    const book = read(await write(one('numeric'), [{ a: null }, { a: null }]), BOOK)
    for (const name of ['A2', 'A3']) {
      Object.assign(book.Sheets.Records?.[name] ?? {}, { t: 'n', v: name === 'A2' ? 0 : -12.5 })
    }
    const saved = await readAll(writeBook(book, { ...BOOK, bookType: 'xlsx' }))
    expect(saved.rows.map(({ cells }) => cells)).toEqual([[{ json: 0 }], [{ json: -12.5 }]])
  })

  it('is the same for the same records', async () => {
    const records = [{ a: 'x' }]
    expect(await write(one('text'), records)).toEqual(await write(one('text'), records))
  })

  it('goes beyond column Z', async () => {
    const columns = Array.from(
      { length: 800 },
      (_, index): SinkColumn => ({
        name: `c${index}`,
        type: 'int',
      }),
    )
    const record = Object.fromEntries(columns.map(({ name }, index) => [name, index]))
    const { header, rows } = await readAll(await write(columns, [record]))
    expect(header).toEqual(columns.map(({ name }) => name))
    expect(rows[0]?.cells).toEqual(columns.map((_, index) => ({ json: index })))
  })

  it('rejects more rows and columns than a sheet has, and longer text than a cell holds', async () => {
    const columns = new Array<SinkColumn>(16_385).fill({ name: 'a', type: 'text' })
    expect(() => createSink('xlsx', columns, new Collector())).toThrow(InvalidInputError)
    await expect(write(one('text'), [{ a: 'x'.repeat(32_768) }])).rejects.toThrow(
      '"a" of record 1 is longer than the 32,767 characters',
    )
    const sink = createSink('xlsx', one('int'), new Collector())
    const batch = new Array<Values>(1000).fill({ a: null })
    const writing = async () => {
      for (;;) await sink.write(batch)
    }
    await expect(writing()).rejects.toThrow('1,048,575 records')
  })
})
