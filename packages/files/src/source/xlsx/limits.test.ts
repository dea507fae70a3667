/** Workbooks that are made to do harm: rejected, or read in time that grows no faster than they do. */
import { InvalidInputError } from '@chatlayer-tables/core'
import { describe, expect, it } from 'vitest'
import { readAll } from '../../../test/reading.ts'
import {
  headerRow,
  readRows,
  relation,
  SHEET_PATH,
  textCell,
  type WorkbookParts,
  workbook,
} from '../../../test/workbooks.ts'
import { openSource } from '../open-source.ts'

const HEADER = headerRow('a')

/** What reading ends with, wherever it ends. */
async function errorOf(bytes: Uint8Array): Promise<InvalidInputError | undefined> {
  try {
    return (await readAll(bytes)).error
  } catch (error) {
    if (error instanceof InvalidInputError) return error
    throw error
  }
}

/** Reads to the end without keeping anything. */
async function readThrough(bytes: Uint8Array): Promise<number> {
  const stream = async function* () {
    yield bytes
  }
  const source = await openSource({ stream: stream() })
  let count = 0
  for await (const _ of source.rows) count += 1
  return count
}

const sheetOf = (xml: string): WorkbookParts => ({ sheet: '', others: { [SHEET_PATH]: xml } })

describe('an archive is rejected', () => {
  it('with very many parts, before they are read', async () => {
    const bytes = await workbook({ sheet: HEADER })
    bytes.writeUInt16LE(10_001, bytes.length - 22 + 10)
    const error = await errorOf(bytes)
    expect(error?.message).toContain('it has 10001 parts, and at most 10000 are read')
  })

  it('with a part that is mostly repetition', async () => {
    const bytes = await workbook({ sheet: `${HEADER}${' '.repeat(40 * 1024 * 1024)}` })
    expect(bytes.length).toBeLessThan(100_000)
    expect((await errorOf(bytes))?.message).toContain('100 times larger than packed')
  })

  it('with a part that is larger than it says', async () => {
    const bytes = await workbook({ sheet: HEADER + ' '.repeat(10_000) })
    const entry = bytes.lastIndexOf(`xl/worksheets/sheet7.xml`) - 46
    bytes.writeUInt32LE(5000, entry + 24)
    expect((await errorOf(bytes))?.message).toContain('a part of it is damaged')
  })

  it('with parts that overlap or have one name', async () => {
    const bytes = await workbook({ sheet: HEADER })
    const second = bytes.indexOf('PK\u0001\u0002', bytes.indexOf('PK\u0001\u0002') + 4, 'latin1')
    bytes.writeUInt32LE(0, second + 42)
    expect((await errorOf(bytes))?.message).toContain('parts of it overlap')
    const twice = await workbook({ sheet: HEADER, others: { 'XL/workbook.xml': '<workbook/>' } })
    expect((await errorOf(twice))?.message).toContain('the same name')
  })
})

describe('a sheet is rejected', () => {
  const million = 1024 * 1024

  it.each([
    ['nested deeply', '<a>'.repeat(100_000), 'nested more than 200 deep'],
    ['a long text', `<a>${'x'.repeat(3 * million)}`, 'longer than 2,097,152 characters'],
    ['a comment without end', `<a><!--${'-x'.repeat(1.2 * million)}`, 'longer than 2,097,152'],
    ['CDATA without end', `<a><![CDATA[${']x'.repeat(2.2 * million)}`, 'longer than 2,097,152'],
    ['a tag without end', `<a ${'b="c" '.repeat(million)}`, 'longer than 2,097,152'],
    ['an attribute without end', `<a b="${'>'.repeat(2.2 * million)}`, 'longer than 2,097,152'],
    ['an instruction without end', `<?${'x?'.repeat(2.2 * million)}`, 'longer than 2,097,152'],
    ['quotes in a tag', `<a ${`"'`.repeat(2.2 * million)}`, 'longer than 2,097,152'],
  ])('with %s', { timeout: 20_000 }, async (_, xml, message) => {
    const started = process.cpuUsage()
    expect((await errorOf(await workbook(sheetOf(xml))))?.message).toContain(message)
    // Of the processor, since other work does not count.
    expect(process.cpuUsage(started).user).toBeLessThan(10_000_000)
  })

  it('with more rows than a sheet has', { timeout: 30_000 }, async () => {
    const { error } = await readRows('<row/>'.repeat(1_048_577))
    expect(error?.message).toContain('more than 1,048,576 rows')
  })

  it('with a cell of very long text, in pieces', async () => {
    const pieces = `${'x'.repeat(100_000)}<!-- -->`.repeat(200)
    const { error } = await readRows(`<row><c t="str"><v>${pieces}</v></c></row>`)
    expect(error?.message).toContain('longer than 16,777,216 characters')
  })
})

describe('a workbook of some MB is read in seconds, however it is made', () => {
  const many = (count: number, make: (n: number) => string) =>
    Array.from({ length: count }, (_, n) => make(n)).join('')
  const styles = (formats: string, xf: string) =>
    `<numFmts>${formats}</numFmts><cellXfs>${xf}</cellXfs>`

  it.each<[string, WorkbookParts]>([
    [
      'sparse rows',
      { sheet: HEADER + many(20_000, (n) => `<row r="${n + 2}"><c r="XFD${n + 2}"/></row>`) },
    ],
    [
      'rows far beyond the header',
      {
        sheet:
          HEADER + many(15_000, (n) => `<row r="${n + 2}"><c r="XFD${n + 2}"><v>1</v></c></row>`),
      },
    ],
    [
      'a header of one far column',
      {
        sheet: `<row r="1">${textCell('XFD1', 'a')}</row>${many(15_000, (n) => `<row><c><v>${n}</v></c></row>`)}`,
      },
    ],
    ['cells without a place', { sheet: `${HEADER}<row>${'<c r="x"/>'.repeat(100_000)}</row>` }],
    ['attributes', { sheet: `${HEADER}<row ${many(50_000, (n) => `a${n}="" `)}/>` }],
    [
      'prefixed attributes',
      {
        sheet: HEADER,
        workbook: `<sheets>${`<sheet ${many(10_000, (n) => `a:b${n}="" `)}/>`.repeat(10)}</sheets>`,
      },
    ],
    [
      'merged cells',
      {
        sheet: `${HEADER}</sheetData><mergeCells>${'<mergeCell ref="A1:B2"/>'.repeat(70_000)}</mergeCells><sheetData>`,
      },
    ],
    [
      'numbers of formats',
      {
        sheet: HEADER,
        styles: styles(
          many(20_000, (n) => `<numFmt numFmtId="${n}" formatCode="0"/>`),
          many(20_000, (n) => `<xf numFmtId="${n}"/>`),
        ),
      },
    ],
    [
      'a long format that all share',
      {
        sheet: HEADER,
        styles: styles(
          `<numFmt numFmtId="164" formatCode="${'['.repeat(300_000)}"/>`,
          '<xf numFmtId="164"/>'.repeat(50_000),
        ),
      },
    ],
    ['runs of texts', { sheet: HEADER, strings: `<si>${'<r><t>x</t></r>'.repeat(100_000)}</si>` }],
    ['empty texts', { sheet: HEADER, strings: '<si/>'.repeat(300_000) }],
    [
      'text in pieces',
      { sheet: `${HEADER}<row><c t="str"><v>${'x<!---->'.repeat(150_000)}</v></c></row>` },
    ],
    [
      'entities',
      { sheet: `${HEADER}<row>${textCell('A2', '&#65;&amp;&x;&#;'.repeat(100_000))}</row>` },
    ],
    ['escapes', { sheet: `${HEADER}<row>${textCell('A2', '_x00_x0041'.repeat(100_000))}</row>` }],
    [
      'ends of tags',
      { sheet: HEADER, others: { 'xl/styles.xml': `<a>${'<b/>'.repeat(150_000)}</a>` } },
    ],
  ])('%s', { timeout: 30_000 }, async (_, parts) => {
    const bytes = await workbook(parts)
    const started = process.cpuUsage()
    await readThrough(bytes).catch((error: unknown) =>
      expect(error).toBeInstanceOf(InvalidInputError),
    )
    // Of the processor, since other work does not count.
    expect(process.cpuUsage(started).user).toBeLessThan(10_000_000)
  })

  it('relations and sheets', async () => {
    const relations = many(19_000, (n) => relation(`r${n}`, 'worksheet', 'worksheets/sheet7.xml'))
    const sheets = many(19_000, (n) => `<sheet name="s${n}" r:id="r${n}"/>`)
    const others = { 'xl/_rels/workbook.xml.rels': `<Relationships>${relations}</Relationships>` }
    const bytes = await workbook({ sheet: HEADER, workbook: `<sheets>${sheets}</sheets>`, others })
    expect((await readAll(bytes)).notes).toEqual(['sheet "s0" of 19000'])
    const missing = readAll(bytes, { sheet: 's00' })
    await expect(missing).rejects.toMatchObject({ hint: expect.stringContaining('and 18980 more') })
  })

  it('relations without end are rejected', async () => {
    const relations = many(30_000, (n) => relation(`r${n}`, 'x', 'y'))
    const others = { 'xl/_rels/workbook.xml.rels': `<Relationships>${relations}</Relationships>` }
    expect((await errorOf(await workbook({ sheet: HEADER, others })))?.message).toContain(
      'too many parts',
    )
  })
})

it('lets timers run while it reads what is all in memory', { timeout: 60_000 }, async () => {
  const rows = Array.from(
    { length: 80_000 },
    (_, n) =>
      `<row r="${n + 2}">${textCell(`A${n + 2}`, `text ${n}`)}<c r="B${n + 2}"><v>${n}</v></c></row>`,
  )
  const bytes = await workbook({ sheet: headerRow('a', 'b') + rows.join('') })
  let ticks = 0
  const timer = setInterval(() => {
    ticks += 1
  }, 1)
  const count = await readThrough(bytes)
  clearInterval(timer)
  expect(count).toBe(80_000)
  // Every 20 ms of a second or more; without letting go there would be hardly one.
  expect(ticks).toBeGreaterThan(5)
})
