/** What number formats make of numbers. */
import { SSF } from '@e965/xlsx'
import { describe, expect, it } from 'vitest'
import { headerRow, readCell, SHEETS, workbook } from '../../../test/workbooks.ts'
import { inferColumns } from '../../infer/infer.ts'
import { cellReader } from '../../values/read-cell.ts'
import { openSource } from '../open-source.ts'
import type { SourceCell, TypedCell } from '../source.ts'

function stylesOf(code: string): string {
  const escaped = code.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
  return `<numFmts><numFmt numFmtId="164" formatCode="${escaped}"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs>`
}

function coded(code: string, value: string | number): Promise<SourceCell | undefined> {
  return readCell(`<c r="A2" s="1"><v>${value}</v></c>`, { styles: stylesOf(code) })
}

function builtIn(id: number, value: number, epoch?: string): Promise<SourceCell | undefined> {
  return readCell(`<c r="A2" s="0"><v>${value}</v></c>`, {
    styles: `<cellXfs><xf numFmtId="${id}"/></cellXfs>`,
    ...(epoch && { workbook: `<workbookPr date1904="${epoch}"/>${SHEETS}` }),
  })
}

/** What a text column takes of a cell. */
const asText = (cell: SourceCell | undefined) => cellReader()(cell ?? null, 'text', 'x')

describe('a text column takes what a person sees', () => {
  it.each([
    ['00000', 501, '00501'],
    ['000-00-0000', 123456789, '123-45-6789'],
    ['"+"0', 32470123456, '+32470123456'],
    ['\\+00\\ 000', 32470, '+32 470'],
    ['0%', 0.25, '25%'],
    ['0.0%', 0.256, '25.6%'],
    ['0.00', 12.5, '12.50'],
    ['0', 12.5, '13'],
    ['#,##0.00', 1234.5, '1,234.50'],
    ['#,##0.00', -1234.5, '-1,234.50'],
    ['0.00E+00', 501, '5.01E+02'],
    ['# ?/?', 1.5, '1 1/2'],
    ['# ??/??', 0.0625, '1/16'],
    ['[>=1000]0.0,"k";0', 1500, '1.5k'],
    ['[Red]0;[Blue](0)', -5, '(5)'],
    ['"$"#,##0.00', 12, '$12.00'],
    ['[$€-413]\\ #,##0.00', 1234.5, '€ 1,234.50'],
    ['[$-413]0.0', 1.5, '1.5'],
    ['[$-10409]#,##0.00;\\(#,##0.00\\)', -1234.5, '(1,234.50)'],
    ['[$-1010409]0', 5, '5'],
    ['_-* #,##0.00\\ _€_-', 5, '5.00'],
    ['General" kg"', 12.5, '12.5 kg'],
    ['"yes";;"no"', 0, 'no'],
    ['#,##0.0,,"M"', 2_500_000, '2.5M'],
  ])('%s of %d', async (code, value, shown) => {
    const cell = await coded(code, value)
    expect(asText(cell)).toBe(shown)
    expect(cell).toEqual({ json: value })
  })

  it.each([1, 2, 3, 4, 9, 10, 11, 12, 13, 37, 38, 39, 40])(
    'format %i that programs know, as another library shows it',
    async (id) => {
      for (const value of [0, 7, 0.25, 1234.5, 32470123456]) {
        const shown = (SSF as { format(format: number, value: number): string }).format(id, value)
        expect(asText(await builtIn(id, value)), String(value)).toBe(shown.trim())
      }
    },
  )

  it.each(['General', 'GENERAL', '@', '', 'General;-General;"0";@'])(
    'and of %j the digits of the number',
    async (code) => {
      expect(asText(await coded(code, '0.1234567890123'))).toBe('0.1234567890123')
      expect(await coded(code, 5)).toEqual({ json: 5 })
      expect((await coded(code, 5)) as TypedCell).not.toHaveProperty('shown.unknown')
    },
  )
})

describe('a text column rejects a number whose shown text cannot be determined', () => {
  it.each([
    [';;;', 5, 'hides the number'],
    ['0;0', -5, 'without its minus sign'],
    ['[Red]0.00;[Red]0.00', -5, 'without its minus sign'],
    ['0.00', -0.001, 'without its minus sign'],
    ['[DBNum1]0', 5, 'cannot be determined'],
    ['[$-2000000]0', 5, 'cannot be determined'],
    ['[$-1E000402]0', 5, 'cannot be determined'],
    ['0"', 5, 'cannot be determined'],
    ['0'.repeat(2000), 5, 'is too long'],
  ])('%s of %d', async (code, value, reason) => {
    const cell = await coded(code, value)
    expect(() => asText(cell)).toThrow(reason)
    expect(cellReader()(cell ?? null, 'numeric', 'x')).toBe(value)
  })

  it('such as the currency of the machine', async () => {
    const cell = await builtIn(44, 5)
    expect(() => asText(cell)).toThrow('the currency of the machine')
  })
})

describe('a time of day', () => {
  it.each([
    ['h:mm', '0.375', '09:00'],
    ['hh:mm:ss', '0.375', '09:00'],
    ['h:mm AM/PM', '0.72916666666666663', '17:30'],
    ['h:mm', '0.38888888888888901', '09:20'],
    ['h:mm:ss', '0.37534722222222222', '09:00:30'],
    ['mm:ss.0', '0.00000578703703703704', '00:00:00.500'],
    ['[$-F400]h:mm:ss', '0', '00:00'],
    ['h:mm', '0.99999999999', '00:00'],
    ['[h]:mm', '1.0625', '25:30'],
    ['[hh]:mm:ss', '0.375', '09:00:00'],
    ['[mm]:ss', '0.0625', '90:00'],
  ])('%s of %s goes into a text column as %s', async (code, value, text) => {
    const cell = await coded(code, value)
    expect(asText(cell)).toBe(text)
    expect(() => cellReader()(cell ?? null, 'numeric', 'x')).toThrow('only a text column takes')
    expect(() => cellReader()(cell ?? null, 'timestamp', 'x')).toThrow('only a text column takes')
  })

  it.each([18, 19, 20, 21, 45, 46, 47])('in format %i that programs know', async (id) => {
    expect(asText(await builtIn(id, 0.375))).toMatch(id === 46 ? '9:00:00' : '09:00')
  })

  it('in ISO 8601', async () => {
    expect(asText(await readCell('<c r="A2" t="d"><v>09:30:00</v></c>'))).toBe('09:30')
    expect(asText(await readCell('<c r="A2" t="d"><v>T09:30:15</v></c>'))).toBe('09:30:15')
  })

  it('is rejected where it is negative', async () => {
    const cell = await coded('h:mm', -0.5)
    expect(() => asText(cell)).toThrow('a negative time')
  })
})

describe('a date', () => {
  const date = (iso: string) => ({ json: new Date(iso) })

  it.each([14, 15, 16, 17, 22])('in format %i that programs know is one in UTC', async (id) => {
    expect(await builtIn(id, 45413)).toEqual(date('2024-05-01T00:00:00Z'))
    expect(await builtIn(id, 45413.520833333336)).toEqual(date('2024-05-01T12:30:00Z'))
  })

  it.each(['dd/mm/yyyy;@', '[$-409]mmm\\-yy', 'yyyy', 'd "de" mmmm', 'm/d/yy h:mm'])(
    'in format %s',
    async (code) => {
      expect(await coded(code, 45413)).toEqual(date('2024-05-01T00:00:00Z'))
    },
  )

  it.each(['[Red]0.00" days"', '"h"0', '\\d0', '0_m'])('is not in format %s', async (code) => {
    expect(await coded(code, 45413)).toEqual({ json: 45413 })
  })

  it('counts days as the workbook does, without its leap year of 1900', async () => {
    expect(await builtIn(14, 1)).toEqual(date('1900-01-01T00:00:00Z'))
    expect(await builtIn(14, 59)).toEqual(date('1900-02-28T00:00:00Z'))
    expect(await builtIn(14, 61)).toEqual(date('1900-03-01T00:00:00Z'))
    for (const epoch of ['1', 'true', 'on']) {
      expect(await builtIn(14, 0, epoch)).toEqual(date('1904-01-01T00:00:00Z'))
    }
    expect(await builtIn(14, 45413, '0')).toEqual(date('2024-05-01T00:00:00Z'))
    expect(await builtIn(14, 45413, 'false')).toEqual(date('2024-05-01T00:00:00Z'))
  })

  it.each([60, -1, 2958466, 0.5])('is rejected for %d', async (value) => {
    expect(await builtIn(14, value)).toMatchObject({
      json: value,
      problem: 'Stores!A2 is formatted as a date, but its number is not one',
    })
  })
})

describe('number formats that are not those of cells', () => {
  const cellXfs = '<cellXfs><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs>'
  const date = { json: new Date('2024-05-01T00:00:00Z') }
  const read = (styles: string) => readCell('<c r="A2" s="1"><v>45413</v></c>', { styles })

  it.each([
    ['in dxfs', '<dxfs><dxf><numFmt numFmtId="164" formatCode="0.00"/></dxf></dxfs>'],
    [
      'in a list in dxfs',
      '<dxfs><numFmts><numFmt numFmtId="164" formatCode="0"/></numFmts></dxfs>',
    ],
    ['in cellStyleXfs', '<cellStyleXfs><xf numFmtId="1"/><xf numFmtId="1"/></cellStyleXfs>'],
    [
      'in a cellXfs of an extension',
      '<extLst><ext><cellXfs><xf numFmtId="1"/></cellXfs></ext></extLst>',
    ],
  ])('%s', async (_, other) => {
    const numFmts = '<numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    expect(await read(numFmts + other + cellXfs)).toEqual(date)
    expect(await read(numFmts + cellXfs + other)).toEqual(date)
    expect(await read(cellXfs + other)).toEqual({ json: 45413 })
  })
})

it('columns of codes and times are found to be text', async () => {
  const styles = stylesOf('00000').replace('<cellXfs>', '<cellXfs><xf numFmtId="20"/>')
  const row = (line: number) =>
    `<row r="${line}"><c r="A${line}" s="2"><v>${line}</v></c><c r="B${line}" s="0"><v>0.375</v></c><c r="C${line}" s="1"><v>7</v></c></row>`
  const sheet = `${headerRow('code', 'opens', 'count')}${row(2)}${row(3)}`
  const stream = async function* () {
    yield await workbook({ sheet, styles })
  }
  const { columns, problems } = await inferColumns(await openSource({ stream: stream() }))
  expect(columns.map(({ type }) => type)).toEqual(['text', 'text', 'int'])
  expect(columns.map(({ examples }) => examples)).toEqual([['00002', '00003'], ['09:00'], ['7']])
  expect(problems).toEqual([])
})
