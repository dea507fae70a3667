import { InvalidInputError } from '@chatlayer-tables/core'
import { describe, expect, it } from 'vitest'
import { readAll, rejectionOf } from '../../../test/reading.ts'
import { headerRow, SHEET_PATH, workbook, zipOf } from '../../../test/workbooks.ts'

const HEADER = headerRow('a')

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
    const { message, hint } = await rejectionOf(readAll(bytes, { sheet: 'stors', name: 'x.xlsx' }))
    expect(message).toBe('x.xlsx has no sheet "stors"')
    expect(hint).toBe('Did you mean "Stores"? Its sheets: Stores, Lists & more.')
  })

  it('may be empty, which is said', async () => {
    const { message } = await rejectionOf(
      readAll(await workbook({ sheet: '' }), { name: 'x.xlsx' }),
    )
    expect(message).toBe('x.xlsx: the sheet "Stores" is empty')
  })
})

describe('a workbook', () => {
  const strict = 'http://purl.oclc.org/ooxml/officeDocument/relationships'
  const SHEET = `<worksheet><sheetData>${HEADER}</sheetData></worksheet>`

  it.each([
    ['relative to the workbook', 'worksheets/my%20sheet.xml', 'xl/worksheets/my sheet.xml'],
    ['from the top', '/odd/Sheet.xml', 'odd/sheet.xml'],
    ['upwards', '../odd/./sheet.xml', 'odd/sheet.xml'],
    ['with backslashes', '..\\odd\\sheet.xml', 'odd/sheet.xml'],
    ['beyond the top', '../../../odd/sheet.xml', 'odd/sheet.xml'],
  ])('has its sheet where the relations say: %s', async (_, target, path) => {
    const relations = `<Relationships><Relationship Id="rId1" Type="${strict}/worksheet" Target="${target}"/></Relationships>`
    const others = { 'xl/_rels/workbook.xml.rels': relations, [path]: SHEET }
    expect((await readAll(await workbook({ sheet: '', others }))).header).toEqual(['a'])
  })

  it.each(['http://[', '%', '', 'https://example.org/x.xml'])(
    'is rejected where a relation points at nothing: %j',
    async (target) => {
      const relations = `<Relationships><Relationship Id="rId1" Type="${strict}/worksheet" Target="${target}"/></Relationships>`
      const others = { 'xl/_rels/workbook.xml.rels': relations }
      const bytes = await workbook({ sheet: HEADER, others })
      expect(await rejectionOf(readAll(bytes))).toBeInstanceOf(InvalidInputError)
    },
  )

  it('takes the attribute of the relation with any prefix, and no other', async () => {
    const sheets = '<sheets><sheet name="One" id="rId2" sheetId="rId2" q:id="rId1"/></sheets>'
    expect((await readAll(await workbook({ sheet: HEADER, workbook: sheets }))).header).toEqual([
      'a',
    ])
  })

  it('may be of Strict OOXML, with names in a namespace that has a prefix', async () => {
    const files = {
      '_rels/.rels': `<p:Relationships xmlns:p="x"><p:Relationship Id="r" Type="${strict}/officeDocument" Target="book/main.xml"/></p:Relationships>`,
      'book/main.xml': `<s:workbook xmlns:s="http://purl.oclc.org/ooxml/spreadsheetml/main"><s:workbookPr date1904="true"/><s:sheets><s:sheet name="A" r:id="a"/></s:sheets></s:workbook>`,
      'book/_rels/main.xml.rels': `<Relationships><Relationship Id="a" Type="${strict}/worksheet" Target="a.xml"/><Relationship Id="b" Type="${strict}/styles" Target="b.xml"/><Relationship Id="c" Type="${strict}/sharedStrings" Target="c.xml"/></Relationships>`,
      'book/a.xml':
        '<worksheet><sheetData><row><c t="s"><v>0</v></c></row><row><c s="1"><v>0</v></c></row></sheetData></worksheet>',
      'book/b.xml':
        '<s:styleSheet xmlns:s="x"><s:cellXfs><s:xf numFmtId="0"/><s:xf numFmtId="14"/></s:cellXfs></s:styleSheet>',
      'book/c.xml': '<sst><si><t>since</t></si></sst>',
    }
    const { header, rows } = await readAll(await zipOf(files))
    expect(header).toEqual(['since'])
    expect(rows[0]?.cells).toEqual([{ json: new Date('1904-01-01T00:00:00Z') }])
  })

  it.each(['utf16le', 'utf-8'] as const)(
    'may be in %s with a byte order mark',
    async (encoding) => {
      const others = {
        [SHEET_PATH]: Buffer.from(`\ufeff${SHEET.replace('>a<', '>é😀<')}`, encoding),
      }
      expect((await readAll(await workbook({ sheet: '', others }))).header).toEqual(['é😀'])
    },
  )

  it('is rejected in another encoding, and never read as other text', async () => {
    const others = { [SHEET_PATH]: Buffer.from(SHEET.replace('>a<', '>é<'), 'latin1') }
    const { message } = await rejectionOf(readAll(await workbook({ sheet: '', others })))
    expect(message).toContain('its text is not in UTF-8')
  })
})

it('an attribute may hold what ends a tag, wherever the file is cut', async () => {
  const { notes } = await readAll(
    await workbook({
      sheet: HEADER + `<row x="${'a > b'.repeat(40_000)}"></row>`.repeat(3),
      workbook: '<sheets><sheet name="a > b" r:id="rId1"/><sheet name="b" r:id="rId2"/></sheets>',
    }),
  )
  expect(notes).toEqual(['sheet "a > b" of 2'])
})

describe('an invalid XLSX file', () => {
  it('is distinguished from other archives', async () => {
    const bytes = await zipOf({ 'content.xml': '<office/>' })
    expect((await rejectionOf(readAll(bytes, { name: 'x.ods' }))).message).toBe(
      'x.ods is not an XLSX file',
    )
  })

  it('is rejected when cut short or damaged anywhere, and never read as something else', async () => {
    const row = (line: number) => `<row r="${line}"><c r="A${line}"><v>${line * 7919}</v></c></row>`
    const rows = Array.from({ length: 3000 }, (_, index) => row(index + 2)).join('')
    const bytes = await workbook({ sheet: HEADER + rows })
    const whole = await readAll(bytes)
    expect(whole.rows).toHaveLength(3000)
    expect((await rejectionOf(readAll(bytes.subarray(0, -30)))).message).toContain('ends too early')
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
    ['an end that fits no beginning', '<row></c>', 'closing tag mismatch'],
    ['an attribute without quotes', '<row r=1></row>', 'quotes'],
    ['an attribute twice', '<row r="2" r="3"></row>', 'already defined'],
  ])('is rejected with %s', async (_, sheet, message) => {
    const bytes = await workbook({ sheet: HEADER + sheet })
    const read = await readAll(bytes).catch((error: unknown) => ({ error }))
    expect(read.error).toBeInstanceOf(InvalidInputError)
    expect(String(read.error)).toContain(message)
  })

  it('is rejected where its sheet has no end', async () => {
    const others = { [SHEET_PATH]: `<worksheet><sheetData>${HEADER}` }
    const { message } = await rejectionOf(readAll(await workbook({ sheet: '', others })))
    expect(message).toContain('unexpected end of file')
  })
})
