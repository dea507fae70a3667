/** Workbooks that are changed at random: read or rejected, never anything else. */
import { InvalidInputError } from '@chatlayer-tables/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { cutAt, type ReadSource, readAll } from '../../../test/reading.ts'
import { SHEET_PATH, zipOf } from '../../../test/workbooks.ts'
import { SheetReader } from './sheet.ts'
import { XmlError, XmlScanner } from './xml.ts'

const TYPE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'

const FILES = {
  '_rels/.rels': `<Relationships><Relationship Id="r" Type="${TYPE}/officeDocument" Target="/xl/workbook.xml"/></Relationships>`,
  'xl/workbook.xml':
    '<workbook><workbookPr date1904="0"/><sheets><sheet name="A b" state="hidden" r:id="rId1"/><sheet name="B" r:id="rId1"/></sheets></workbook>',
  'xl/_rels/workbook.xml.rels': `<Relationships><Relationship Id="rId1" Type="${TYPE}/worksheet" Target="worksheets/sheet7.xml"/><Relationship Id="rId3" Type="${TYPE}/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId4" Type="${TYPE}/styles" Target="styles.xml"/></Relationships>`,
  'xl/sharedStrings.xml':
    '<sst><si><t>a_x0041_</t></si><si><r><t>b</t></r><rPh><t>x</t></rPh></si><si><t>&amp;&#233;</t></si></sst>',
  'xl/styles.xml':
    '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="[&gt;=5]0.00;[Red]-0"/><numFmt numFmtId="165" formatCode="[h]:mm"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs><dxfs><dxf><numFmt numFmtId="1"/></dxf></dxfs></styleSheet>',
  [SHEET_PATH]:
    '<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row><row r="2"><c r="A2" s="1"><v>45413</v></c><c r="B2" s="2"><f>A2</f><v>7.5</v></c></row><row r="4"><c r="A4" t="inlineStr"><is><t>x<![CDATA[<]]></t></is></c><c r="B4" s="3"><v>1.5</v></c></row><row><c t="b"><v>1</v></c><c t="d"><v>2024-05-01</v></c><c t="e"><v>#N/A</v></c></row><!-- > --></sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells></worksheet>',
}

const PATHS = Object.keys(FILES) as (keyof typeof FILES)[]

const PIECES = [
  '<',
  '>',
  '</',
  '/>',
  '"',
  "'",
  '&',
  ';',
  '=',
  ' ',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<?',
  '<!DOCTYPE',
  '<c>',
  '<row>',
  '<v>',
  '</v>',
  '<is>',
  '<t>',
  ' r="A1"',
  ' t="s"',
  ' s="9"',
  '0',
  '9999999999',
  '-1',
  'e',
  '[',
  '\u0000',
  '\ud800',
  'é',
]

const mutation = fc.record({
  path: fc.constantFrom(...PATHS),
  at: fc.nat(2000),
  length: fc.constantFrom(0, 0, 1, 2, 10),
  text: fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 3 })),
})

/** What a number shows is worked out only when it is asked for. */
function askShown({ rows }: ReadSource): void {
  for (const cell of rows.flatMap(({ cells }) => cells)) {
    if (cell !== null && typeof cell === 'object') expect(cell.shown).not.toBe('')
  }
}

it('a workbook changed anywhere is read, or rejected with an InvalidInputError', {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 4 }), async (mutations) => {
      const files = { ...FILES }
      for (const { path, at, length, text } of mutations) {
        const whole = files[path]
        const start = at % (whole.length + 1)
        files[path] = whole.slice(0, start) + text + whole.slice(start + length)
      }
      const bytes = await zipOf(files)
      await readAll(bytes).then(askShown, (error: unknown) =>
        expect(error).toBeInstanceOf(InvalidInputError),
      )
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 300) },
  )
})

it('an archive with bytes changed anywhere is read, or rejected', { timeout: 60_000 }, async () => {
  const whole = await zipOf(FILES)
  const change = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255) })
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const bytes = Buffer.from(whole)
      for (const { at, byte } of changes) bytes[at] = byte
      await readAll(bytes, { format: 'xlsx' }).then(askShown, (error: unknown) =>
        expect(error).toBeInstanceOf(InvalidInputError),
      )
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 300) },
  )
})

it('a sheet is the same however it is cut', () => {
  const text = FILES[SHEET_PATH].replace('ref="A1:B2"', 'ref="A1 > \'B2\'"')
  const read = (pieces: readonly string[]) => {
    const context = { strings: ['a', 'b'], formats: [], render: String, epoch1904: false }
    const reader = new SheetReader('B', context)
    const scanner = new XmlScanner(reader)
    try {
      for (const piece of pieces) scanner.push(piece)
      scanner.end()
    } catch (error) {
      if (error instanceof XmlError) return error.message
      throw error
    }
    return { rows: reader.take(), merged: reader.merged }
  }
  const whole = read([text])
  expect(whole).toMatchObject({ merged: 1 })
  fc.assert(
    fc.property(fc.array(fc.nat(2000), { maxLength: 20 }), (places) => {
      const pieces = cutAt(Buffer.from(text), places).map((piece) => Buffer.from(piece).toString())
      expect(read(pieces)).toEqual(whole)
    }),
    { numRuns: 300 },
  )
  expect(read([...text])).toEqual(whole)
})
