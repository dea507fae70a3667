import { InvalidInputError } from '@chatlayer-tables/core'
import { describe, expect, it } from 'vitest'
import writeExcelFile from 'write-excel-file/node'
import { Collector, readAll, refusalOf } from '../../../test/reading.ts'
import { Output } from '../../sink/output.ts'
import { ZipWriter } from '../../zip/zip-writer.ts'
import type { SourceCell } from '../source.ts'

const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'

interface Parts {
  readonly sheet: string
  readonly strings?: string
  readonly styles?: string
  readonly workbook?: string
  readonly others?: Readonly<Record<string, string>>
}

const SHEETS = '<sheets><sheet name="Stores" sheetId="1" r:id="rId1"/></sheets>'

/** A workbook as other programs lay it out: the sheet is where the relations say. */
async function workbook(parts: Parts): Promise<Buffer> {
  const out = new Collector()
  const zip = new ZipWriter(new Output(out))
  const relation = (id: string, type: string, target: string) =>
    `<Relationship Id="${id}" Type="${OFFICE}/${type}" Target="${target}"/>`
  const files: Record<string, string> = {
    '_rels/.rels': `<Relationships>${relation('r', 'officeDocument', '/xl/workbook.xml')}</Relationships>`,
    'xl/workbook.xml': `<workbook xmlns:r="${OFFICE}">${parts.workbook ?? SHEETS}</workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships>${[
      relation('rId1', 'worksheet', 'worksheets/sheet7.xml'),
      relation('rId2', 'worksheet', '/xl/worksheets/other.xml'),
      relation('rId3', 'sharedStrings', 'sharedStrings.xml'),
      relation('rId4', 'styles', 'styles.xml'),
      relation('rId5', 'chartsheet', 'chartsheets/sheet1.xml'),
    ].join('')}</Relationships>`,
    'xl/worksheets/sheet7.xml': `<?xml version="1.0"?><worksheet><sheetData>${parts.sheet}</sheetData></worksheet>`,
    ...(parts.strings && { 'xl/sharedStrings.xml': `<sst>${parts.strings}</sst>` }),
    ...(parts.styles && { 'xl/styles.xml': `<styleSheet>${parts.styles}</styleSheet>` }),
    ...parts.others,
  }
  for (const [path, text] of Object.entries(files)) {
    await zip.begin(path)
    await zip.write(text)
    await zip.finish()
  }
  await zip.end()
  return out.bytes
}

const HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'

/** The one cell below the header. */
async function cell(
  markup: string,
  parts: Omit<Parts, 'sheet'> = {},
): Promise<SourceCell | undefined> {
  const bytes = await workbook({ ...parts, sheet: `${HEADER}<row r="2">${markup}</row>` })
  return (await readAll(bytes)).rows[0]?.cells[0]
}

describe('a cell of a worksheet', () => {
  it('is the text that it shares, with its runs and without what tells how to say it', async () => {
    const strings =
      '<si><t>00501</t></si><si><r><rPr><b/></rPr><t>a</t></r><r><t xml:space="preserve"> b</t></r>' +
      '<rPh sb="0" eb="1"><t>ruby</t></rPh></si><si><t/></si><si/>'
    expect(await cell('<c r="A2" t="s"><v>0</v></c>', { strings })).toBe('00501')
    expect(await cell('<c r="A2" t="s"><v>1</v></c>', { strings })).toBe('a b')
    expect(await cell('<c r="A2" t="s"><v>2</v></c>', { strings })).toBe('')
    expect(await cell('<c r="A2" t="s"><v>3</v></c>', { strings })).toBe('')
  })

  it('is its own text, entities and escapes resolved', async () => {
    const text = (inner: string) => cell(`<c r="A2" t="inlineStr"><is><t>${inner}</t></is></c>`)
    expect(await text('a &lt;b&gt; &amp;amp; &#65;&#x1F600;')).toBe('a <b> &amp; A😀')
    expect(await text('a_x000D_b_x005F_x0041_')).toBe('a\rb_x0041_')
    expect(await text('<![CDATA[<&>]]>')).toBe('<&>')
    expect(await text('a\r\nb<!-- > -->c')).toBe('a\nbc')
    expect(await text('  ')).toBe('  ')
  })

  it('is a number with the digits that it has', async () => {
    expect(await cell('<c r="A2"><v>42</v></c>')).toEqual({ json: 42 })
    expect(await cell('<c r="A2" t="n"><v>1.1000000000000001</v></c>')).toEqual({ json: 1.1 })
    expect(await cell('<c r="A2"><v>1E-3</v></c>')).toEqual({ json: 0.001 })
    expect(JSON.stringify(await cell('<c r="A2"><v>12.50</v></c>'))).toBe('{"json":12.50}')
    expect(await cell('<c r="A2"><v>123456789012345</v></c>')).toEqual({ json: 123456789012345 })
  })

  it.each(['1234567890123450', '1.23456789012346E+018', '1.2345678901234567E+20'])(
    'is in trouble for %s, which may have had more digits than a spreadsheet keeps',
    async (number) => {
      expect(await cell(`<c r="A2"><v>${number}</v></c>`)).toMatchObject({
        json: BigInt(Number(number)),
        trouble: expect.stringContaining('keeps only 15'),
      })
    },
  )

  it('is a large number that is round, or has a fraction', async () => {
    const fraction = { json: 1234567890123450.5 }
    expect(await cell('<c r="A2"><v>1.2345678901234505E+15</v></c>')).toEqual(fraction)
    expect(await cell('<c r="A2"><v>6.02E+23</v></c>')).toEqual({ json: 6.02e23 })
  })

  it('is a boolean', async () => {
    expect(await cell('<c r="A2" t="b"><v>1</v></c>')).toEqual({ json: true })
    expect(await cell('<c r="A2" t="b"><v>0</v></c>')).toEqual({ json: false })
  })

  it('is what a formula came to', async () => {
    expect(await cell('<c r="A2"><f>1+1</f><v>2</v></c>')).toEqual({ json: 2 })
    expect(await cell('<c r="A2" t="str"><f>A1&amp;"x"</f><v>ax</v></c>')).toBe('ax')
    expect(await cell('<c r="A2" t="str"><f>""</f><v></v></c>')).toBe('')
    for (const empty of ['', '<v/>', '<v></v>']) {
      expect(await cell(`<c r="A2"><f>1+1</f>${empty}</c>`)).toMatchObject({
        trouble: 'the formula was saved without its result',
      })
    }
  })

  it.each(['#N/A', '#DIV/0!', '#REF!'])('is in trouble when it shows %s', async (error) => {
    expect(await cell(`<c r="A2" t="e"><f>x</f><v>${error}</v></c>`)).toEqual({
      json: error,
      trouble: `the cell shows the error ${error}`,
    })
  })

  describe('with a format', () => {
    const styles =
      '<numFmts count="5"><numFmt numFmtId="164" formatCode="dd/mm/yyyy;@"/>' +
      '<numFmt numFmtId="165" formatCode="[Red]0.00&quot; days&quot;"/>' +
      '<numFmt numFmtId="166" formatCode="[h]:mm"/>' +
      '<numFmt numFmtId="167" formatCode="[$-409]mmm\\-yy"/>' +
      '<numFmt numFmtId="168" formatCode="General"/></numFmts>' +
      '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>' +
      [0, 14, 164, 165, 166, 22, 20, 167, 168, 2].map((id) => `<xf numFmtId="${id}"/>`).join('') +
      '</cellXfs>'
    const styled = (style: number, value: string, epoch?: string) =>
      cell(`<c r="A2" s="${style}"><v>${value}</v></c>`, {
        styles,
        ...(epoch && { workbook: `<workbookPr date1904="${epoch}"/>${SHEETS}` }),
      })
    const date = (iso: string) => ({ json: new Date(iso) })

    it.each([1, 2, 5, 7])('number %i of days is a date in UTC', async (style) => {
      expect(await styled(style, '45413')).toEqual(date('2024-05-01T00:00:00Z'))
      expect(await styled(style, '45413.520833333336')).toEqual(date('2024-05-01T12:30:00Z'))
    })

    it.each([0, 3, 8, 9])('number %i of numbers is a number', async (style) => {
      expect(await styled(style, '45413')).toEqual({ json: 45413 })
    })

    it.each([4, 6])('number %i of times is in trouble', async (style) => {
      expect(await styled(style, '0.5')).toMatchObject({
        trouble: expect.stringContaining('a time'),
      })
    })

    it('counts days as the workbook does, its leap year of 1900 left out', async () => {
      expect(await styled(1, '1')).toEqual(date('1900-01-01T00:00:00Z'))
      expect(await styled(1, '59')).toEqual(date('1900-02-28T00:00:00Z'))
      expect(await styled(1, '61')).toEqual(date('1900-03-01T00:00:00Z'))
      expect(await styled(1, '0', '1')).toEqual(date('1904-01-01T00:00:00Z'))
      expect(await styled(1, '45413', '0')).toEqual(date('2024-05-01T00:00:00Z'))
    })

    it.each(['60', '-1', '2958466', '0.5'])('of days is in trouble for %s', async (value) => {
      expect(await styled(1, value)).toMatchObject({
        json: Number(value),
        trouble: expect.any(String),
      })
    })
  })

  it('may be a date in ISO 8601', async () => {
    const day = { json: new Date('2024-05-01T12:00:00Z') }
    expect(await cell('<c r="A2" t="d"><v>2024-05-01T12:00:00</v></c>')).toEqual(day)
    expect(await cell('<c r="A2" t="d"><v>2024-05-01T12:00:00Z</v></c>')).toEqual(day)
  })
})

describe('the rows of a worksheet', () => {
  const text = (place: string, value: string) =>
    `<c r="${place}" t="inlineStr"><is><t>${value}</t></is></c>`

  it('are those with a value, at their own numbers, gaps and ends filled up', async () => {
    const bytes = await workbook({
      sheet:
        `<row r="3">${text('A3', 'a')}${text('C3', 'c')}</row>` +
        `<row r="4"><c r="A4" s="0"/></row><row r="6">${text('B6', 'x')}</row>` +
        `<row r="7">${text('A7', '1')}${text('D7', 'beyond')}</row><row r="900"><c r="A900"/></row>`,
    })
    const { format, header, rows } = await readAll(bytes)
    expect(format).toBe('xlsx')
    expect(header).toEqual(['a', null, 'c'])
    expect(rows).toEqual([
      { line: 6, cells: [null, 'x', null] },
      { line: 7, cells: ['1', null, null, 'beyond'] },
    ])
  })

  it('need no places, and no prefix-free names', async () => {
    const bytes = await workbook({
      sheet:
        '<x:row><x:c t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c><x:c t="inlineStr"><x:is><x:t>b</x:t></x:is></x:c></x:row>' +
        "<x:row><x:c t='b'><x:v>1</x:v></x:c><x:c><x:v>2</x:v></x:c></x:row>",
    })
    const { header, rows } = await readAll(bytes)
    expect(header).toEqual(['a', 'b'])
    expect(rows).toEqual([{ line: 2, cells: [{ json: true }, { json: 2 }] }])
  })

  it('have numbers and dates for titles as their text', async () => {
    const bytes = await workbook({
      styles: '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>',
      sheet: `<row r="1"><c r="A1"><v>2024</v></c><c r="B1" s="1"><v>45413</v></c></row>`,
    })
    expect((await readAll(bytes)).header).toEqual(['2024', '2024-05-01'])
  })

  it('with merged cells have their value in the first one', async () => {
    const bytes = await workbook({ sheet: `${HEADER}<row r="2">${text('A2', 'x')}</row>` })
    expect((await readAll(bytes)).notes).toEqual([])
    const merged = await workbook({
      sheet: `${HEADER}<row r="2">${text('A2', 'x')}</row></sheetData><mergeCells><mergeCell ref="A2:A3"/></mergeCells><sheetData>`,
    })
    expect((await readAll(merged)).notes).toEqual([
      'merged cells: their value stands in the first of them alone',
    ])
  })

  it('come out the same wherever the archive is cut, from a stream', async () => {
    const bytes = await workbook({ sheet: `${HEADER}<row r="2">${text('A2', 'x')}</row>` })
    const single = Array.from(bytes, (byte) => Uint8Array.of(byte))
    expect(await readAll(single)).toEqual(await readAll(bytes))
  })
})

describe('the sheets of a workbook', () => {
  const others = {
    'xl/worksheets/other.xml':
      '<worksheet><sheetData><row r="1"><c r="A1" t="str"><v>second</v></c></row></sheetData></worksheet>',
  }
  const two = {
    sheet: HEADER,
    others,
    workbook:
      '<sheets><sheet name="Chart" r:id="rId5"/><sheet name="Stores" state="hidden" r:id="rId1"/><sheet name="Lists &amp; more" r:id="rId2"/></sheets>',
  }

  it('are read by name, or the first that is not hidden', async () => {
    const bytes = await workbook(two)
    const first = await readAll(bytes)
    expect(first.header).toEqual(['second'])
    expect(first.notes).toEqual(['sheet "Lists & more" of 2'])
    expect((await readAll(bytes, { sheet: 'Stores' })).header).toEqual(['a'])
  })

  it('are named where the one that was asked for is not there', async () => {
    const bytes = await workbook(two)
    const { message, hint } = await refusalOf(readAll(bytes, { sheet: 'stors', name: 'x.xlsx' }))
    expect(message).toBe('x.xlsx has no sheet "stors"')
    expect(hint).toBe('Did you mean "Stores"? Its sheets: Stores, Lists & more.')
  })

  it('may be empty, which is said', async () => {
    const { message } = await refusalOf(readAll(await workbook({ sheet: '' }), { name: 'x.xlsx' }))
    expect(message).toBe('x.xlsx: the sheet "Stores" is empty')
  })
})

describe('a file that is no good XLSX', () => {
  it('is told apart from other archives', async () => {
    const out = new Collector()
    const zip = new ZipWriter(new Output(out))
    await zip.begin('content.xml')
    await zip.write('<office/>')
    await zip.finish()
    await zip.end()
    expect((await refusalOf(readAll(out.bytes, { name: 'x.ods' }))).message).toBe(
      'x.ods is no XLSX file',
    )
  })

  it('is refused when cut short or damaged anywhere, and never read as something else', async () => {
    const row = (line: number) => `<row r="${line}"><c r="A${line}"><v>${line * 7919}</v></c></row>`
    const rows = Array.from({ length: 3000 }, (_, index) => row(index + 2)).join('')
    const bytes = await workbook({ sheet: HEADER + rows })
    const whole = await readAll(bytes)
    expect(whole.rows).toHaveLength(3000)
    expect((await refusalOf(readAll(bytes.subarray(0, -30)))).message).toContain('ends too early')
    for (let at = 40; at < bytes.length; at += 211) {
      const damaged = Buffer.from(bytes)
      damaged[at] = (damaged[at] ?? 0) ^ 0x55
      const outcome = await readAll(damaged).catch((error: unknown) => error)
      const error = outcome instanceof Error ? outcome : (outcome as typeof whole).error
      // What is in no part that is read, such as a date, may be damaged.
      if (error === undefined) expect(outcome, `byte ${at}`).toEqual(whole)
      else expect(error, `byte ${at}`).toBeInstanceOf(InvalidInputError)
    }
  })

  it.each([
    ['a document type', '<!DOCTYPE x [<!ENTITY a "b">]>', 'document type'],
    ['a text that is not there', '<row><c t="s"><v>5</v></c></row>', 'text that is not there'],
    ['a number that is none', '<row><c><v>x</v></c></row>', 'number that is none'],
    ['a cell without a place', '<row><c r="1"><v>1</v></c></row>', 'no place'],
  ])('is refused with %s', async (_, sheet, message) => {
    const bytes = await workbook({ sheet })
    expect((await refusalOf(readAll(bytes))).message).toContain(message)
  })
})

it('reads what another library writes', async () => {
  const date = new Date('2024-05-06T07:08:09.123Z')
  const bytes = await (
    await writeExcelFile([
      ['code', 'price', 'open', 'since'],
      ['007', 12.5, true, { value: date, type: Date, format: 'yyyy-mm-dd hh:mm' }],
      [' é😀\n', -0.1, false, null],
    ])
  ).toBuffer()
  const { header, rows } = await readAll(bytes)
  expect(header).toEqual(['code', 'price', 'open', 'since'])
  expect(rows.map(({ cells }) => cells)).toEqual([
    ['007', { json: 12.5 }, { json: true }, { json: date }],
    [' é😀\n', { json: -0.1 }, { json: false }, null],
  ])
})
