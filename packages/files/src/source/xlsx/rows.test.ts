/** The rows of a worksheet, and those that are not as they should be. */
import { InvalidInputError } from '@chatlayer-tables/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAll } from '../../../test/reading.ts'
import { headerRow, readRows, textCell as text, workbook } from '../../../test/workbooks.ts'
import { cellName, readPlace } from './places.ts'

describe('rows', () => {
  it('are those with a value, at their own numbers, with gaps and ends filled up', async () => {
    const bytes = await workbook({
      sheet:
        `<row r="3">${text('A3', 'a')}${text('C3', 'c')}</row>` +
        `<row r="4"><c r="A4" s="0"/></row><row r="6">${text('B6', 'x')}</row>` +
        '<row r="8"><c r="A8"><v></v></c></row><row r="900"><c r="A900"/></row>',
    })
    const { format, header, rows } = await readAll(bytes)
    expect(format).toBe('xlsx')
    expect(header).toEqual(['a', null, 'c'])
    expect(rows).toEqual([{ line: 6, cells: [null, 'x', null] }])
  })

  it('need no numbers, places or plain names', async () => {
    const bytes = await workbook({
      sheet:
        '<x:row><x:c t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c><x:c t="inlineStr"><x:is><x:t>b</x:t></x:is></x:c></x:row>' +
        "<x:row><x:c t='b'><x:v>1</x:v></x:c><x:c><x:v>2</x:v></x:c></x:row>",
    })
    const { header, rows } = await readAll(bytes)
    expect(header).toEqual(['a', 'b'])
    expect(rows).toEqual([{ line: 2, cells: [{ json: true }, { json: 2 }] }])
  })

  it('take their number from their cells where they have none', async () => {
    const { rows } = await readRows(`<row>${text('A5', 'x')}</row><row>${text('a6', 'y')}</row>`)
    expect(rows.map(({ line, problem }) => [line, problem])).toEqual([
      [5, undefined],
      [6, undefined],
    ])
  })

  it('have numbers and dates for titles as their text', async () => {
    const bytes = await workbook({
      styles: '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>',
      sheet: `<row r="1"><c r="A1"><v>2024</v></c><c r="B1" s="1"><v>45413</v></c></row>`,
    })
    expect((await readAll(bytes)).header).toEqual(['2024', '2024-05-01'])
  })

  it('with merged cells have their value in the first one', async () => {
    const bytes = await workbook({ sheet: `${headerRow('a')}<row r="2">${text('A2', 'x')}</row>` })
    expect((await readAll(bytes)).notes).toEqual([])
    const merged = await workbook({
      sheet: `${headerRow('a')}<row r="2">${text('A2', 'x')}</row></sheetData><mergeCells><mergeCell ref="A2:A3"/></mergeCells><sheetData>`,
    })
    expect((await readAll(merged)).notes).toEqual([
      'merged cells: their value is in the first of them only',
    ])
  })

  it('come out the same wherever the archive is cut, from a stream', async () => {
    const sheet = `${headerRow('a')}<row r="2">${text('A2', 'é😀&amp;')}</row>`
    const bytes = await workbook({ sheet })
    const single = Array.from(bytes, (byte) => Uint8Array.of(byte))
    expect(await readAll(single)).toEqual(await readAll(bytes))
  })
})

describe('what is beyond the header', () => {
  it.each([
    ['a space', text('D2', ' ')],
    ['a space that does not break', text('D2', '&#160;')],
    ['characters without width', text('D2', '&#x200B;&#xFEFF;')],
    ['an empty text', '<c r="D2" t="inlineStr"><is><t/></is></c>'],
    ['="" ', '<c r="D2" t="str"><f>""</f><v></v></c>'],
    ['a format', '<c r="XFD2" s="1"/>'],
  ])('counts for nothing if it is %s', async (_, cell) => {
    const { rows } = await readRows(
      `<row r="2">${text('A2', 'x')}${cell}</row><row r="3">${cell.replace('2"', '3"')}</row>`,
    )
    expect(rows).toEqual([{ line: 2, cells: ['x', null, null] }])
  })

  it('is named with its row if it shows', async () => {
    const { rows } = await readRows(`<row r="2">${text('A2', 'x')}${text('D2', 'more')}</row>`)
    expect(rows[0]?.cells).toEqual(['x', null, null, 'more'])
    expect(rows[0]?.problem?.message).toBe(
      'Stores!D2 holds "more", and the header ends at column C',
    )
  })
})

describe('an odd row or cell rejects its row, names it, and ends nothing', () => {
  it.each([
    [
      'a cell without a place',
      `<row r="2"><c r="1"><v>1</v></c></row>`,
      'a cell in row 2 of the sheet "Stores" has no valid place: "1"',
    ],
    [
      'a column beyond the last',
      `<row r="2"><c r="XFE2"><v>1</v></c></row>`,
      'no valid place: "XFE2"',
    ],
    [
      'a column of many letters',
      `<row r="2"><c r="${'Z'.repeat(400)}2"><v>1</v></c></row>`,
      'no valid place: "ZZZ',
    ],
    [
      'a cell beyond the last column, counted',
      `<row r="2"><c r="XFD2"><v>1</v></c><c><v>2</v></c></row>`,
      'no valid place',
    ],
    [
      'a cell of another row',
      `<row r="2">${text('A3', 'x')}</row>`,
      'the cell Stores!A3 is in row 2',
    ],
    [
      'a cell twice',
      `<row r="2">${text('A2', 'x')}${text('A2', 'y')}</row>`,
      'the cell Stores!A2 comes twice or not in its order',
    ],
    [
      'cells out of order',
      `<row r="2">${text('B2', 'x')}${text('A2', 'y')}</row>`,
      'the cell Stores!A2 comes twice or not in its order',
    ],
    [
      'no number',
      `<row r="two">${text('A2', 'x')}</row>`,
      'the row after 1 of the sheet "Stores" has the number "two"',
    ],
    [
      'a number beyond the last',
      `<row r="1048577">${text('A2', 'x')}</row>`,
      'has the number "1048577"',
    ],
    [
      'a number of many digits',
      `<row r="1e999">${text('A2', 'x')}</row>`,
      'has the number "1e999"',
    ],
    [
      'a number that comes back',
      `<row r="1">${text('A1', 'x')}</row>`,
      'row 1 of the sheet "Stores" comes after row 1',
    ],
  ])('%s', async (_, markup, problem) => {
    const { rows, error } = await readRows(
      `${markup}<row r="1048576">${text('A1048576', 'z')}</row>`,
    )
    expect(error).toBeUndefined()
    expect(rows).toHaveLength(2)
    expect(rows[0]?.problem).toBeInstanceOf(InvalidInputError)
    expect(rows[0]?.problem?.message).toContain(problem)
    expect(rows[1]).toEqual({ line: 1048576, cells: ['z', null, null] })
  })

  it('with all that is wrong with it, up to a few', async () => {
    const cells = '<c r="?"><v>1</v></c>'.repeat(100)
    const { rows } = await readRows(`<row r="x">${cells}</row>`)
    expect(rows[0]?.problem?.message.split('; ')).toHaveLength(3)
  })

  it('a header with an odd cell is read, and noted', async () => {
    const sheet = `<row r="1">${text('A1', 'a')}<c r="B1" t="s"><v>7</v></c></row><row r="2">${text('A2', 'x')}</row>`
    const { header, rows, notes } = await readAll(await workbook({ sheet }))
    expect(header).toEqual(['a', null])
    expect(rows).toEqual([{ line: 2, cells: ['x', null] }])
    expect(notes).toEqual(['in the header Stores!B1 refers to a text that is not in the file'])
  })

  it('no cell takes anything of the one before it', async () => {
    const { rows } = await readRows(
      '<row r="2"><c r="A2" t="str"><f>x</f><v>secret</v></c><c r="B2" t="str"/><c r="C2" t="inlineStr"><is/></c></row>' +
        '<row r="3"><c r="A3" t="inlineStr"><is><t>secret</t></is></c><c r="B3" t="inlineStr"><v/></c><c r="C3" t="s"/></row>' +
        '<row r="4"><c r="?" t="str"><v>secret</v></c><c r="B4"/><c r="C4"><v>1</v></c></row>',
    )
    expect(rows.map(({ cells }) => cells.slice(1))).toEqual([
      [null, null],
      ['', null],
      [null, { json: 1 }],
    ])
  })
})

describe('the name of a cell', () => {
  it('gives its column and row', () => {
    for (const [name, column, line] of [
      ['A1', 1, 1],
      ['z9', 26, 9],
      ['AA10', 27, 10],
      ['XFD1048576', 16_384, 1_048_576],
    ] as const) {
      expect(readPlace(name)).toEqual({ column, line })
    }
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 16_384 }),
        fc.integer({ min: 1, max: 1_048_576 }),
        (column, line) => {
          expect(readPlace(cellName(column, line))).toEqual({ column, line })
        },
      ),
    )
  })

  it.each([
    '',
    'A',
    '1',
    'A0',
    'A01',
    'XFE1',
    'AAAA1',
    'A1048577',
    'A1B',
    '$A$1',
    'A-1',
    'A1 ',
    '@1',
    '[1',
    '`1',
  ])('is not %j', (name) => {
    expect(readPlace(name)).toBeUndefined()
  })
})
