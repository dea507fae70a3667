import { describe, expect, it } from 'vitest'
import { openSource } from '../source/open-source.ts'
import type { CellOptions } from '../values/read-cell.ts'
import { inferColumns } from './infer.ts'
import { inferenceText } from './text.ts'

async function infer(text: string, options: CellOptions = {}) {
  async function* bytes() {
    yield Buffer.from(text)
  }
  return await inferColumns(await openSource({ stream: bytes() }), options)
}

/** The type of a column that holds these, and why. */
async function typeOf(values: readonly string[], options?: CellOptions) {
  const { columns } = await infer(`a,b\n${values.map((value) => `${value},x\n`).join('')}`, options)
  return [columns[0]?.type, columns[0]?.evidence]
}

async function typeOfJson(values: readonly unknown[]) {
  const { columns } = await infer(JSON.stringify(values.map((a) => ({ a }))))
  return [columns[0]?.type, columns[0]?.evidence]
}

describe('inferColumns', () => {
  it.each([
    [['1', '-20', '300'], 'int', 'all its values are whole numbers'],
    [['7'], 'int', 'all its values are whole numbers'],
    [['1', '2.50'], 'numeric', 'all its values are numbers, and "2.50" (line 3) has a fraction'],
    [
      ['1', '2147483648'],
      'numeric',
      'all its values are whole numbers, and "2147483648" (line 3) does not fit in the 32 bits of an int',
    ],
    [['Yes', 'no'], 'bool', 'all its values are words for true and false'],
    [['0', '1'], 'int', 'all its values are 0 or 1; make it bool if they mean no and yes'],
    [['TRUE', 'TRUE'], 'bool', 'all its values are words for true and false'],
    [['WAAR', 'ONWAAR'], 'bool', 'all its values are words for true and false'],
    [['F', 'T', 'F'], 'bool', 'all its values are words for true and false'],
    [['1.0', '2.0'], 'numeric', 'all its values are numbers, and "1.0" (line 2) has a fraction'],
    [['31-Jan-2024'], 'timestamp', 'all its values are dates'],
    [['2024-01-31', '2024-02-01T10:00:00Z'], 'timestamp', 'all its values are dates'],
    [['5b2f63c0-9f6e-4d7a-8a51-0c1d2e3f4a5b'], 'uuid', 'all its values are uuids'],
    [['"{""a"":1}"', '[]'], 'jsonb', 'all its values are JSON'],
  ])('%j are of type %s', async (values, type, evidence) => {
    expect(await typeOf(values)).toEqual([type, evidence])
  })

  it.each([
    [['00501', '10001'], '"00501" (line 2) has a leading zero, which a number would lose'],
    [
      ['10001', '00501'],
      '"00501" (line 3) has a leading zero, which a number would lose; all before it are numbers',
    ],
    [['+32470123456'], '"+32470123456" (line 2) has a plus sign, which a number would lose'],
    [['1e5', '2e6'], '"1e5" (line 2) may be a code, and a number would be written out'],
    [['00M', 'JFK'], '"00M" (line 2) is not a number'],
    [
      ['1', '2', 'N/A'],
      '"N/A" (line 4) is not a number; all before it are numbers; pass --null "N/A" if it means none',
    ],
    [['12,5'].map((one) => `"${one}"`), 'is not a number; pass --decimal , if numbers'],
    [
      ['03/04/2024'],
      '"03/04/2024" (line 2) could have the day or the month first; pass --date-format "DD/MM/YYYY" or "MM/DD/YYYY"',
    ],
    [['31/12/2024'], 'pass --date-format "DD/MM/YYYY" if all dates are written like this'],
    [['0123456789abcdef0123456789abcdef'], 'is not a number'],
    [['', ''], 'it holds no values'],
  ])('%j are text', async (values, evidence) => {
    const [type, why] = await typeOf(values)
    expect(type).toBe('text')
    expect(why).toContain(evidence)
  })

  it.each([['NO', 'NO'], ['F'], ['y', 'Y'], ['N', 'no'], ['Sand', 'sand']])(
    '%j are text with that reason, since they may be codes',
    async (...values) => {
      const [type, why] = await typeOf(values)
      expect(type).toBe('text')
      expect(why).toContain('words for the same boolean, or codes')
      const options = { falseTexts: ['no', 'f', 'n'], trueTexts: ['y', 'sand'] }
      expect((await typeOf(values, options))[0]).toBe('bool')
    },
  )

  it('goes by how the file will be imported', async () => {
    expect(await typeOf(['"12,5"'], { decimal: ',' })).toMatchObject(['numeric', /fraction/])
    expect((await typeOf(['03/04/2024'], { dateFormat: 'DD/MM/YYYY' }))[0]).toBe('timestamp')
    expect((await typeOf(['1', 'NULL'], { nullText: 'NULL' }))[0]).toBe('int')
  })

  it.each([
    [[1, 2], 'int'],
    [[1, 2.5], 'numeric'],
    [[true, false], 'bool'],
    [[1, 'a'], 'text'],
    [['1', '2'], 'text'],
    [['true'], 'text'],
    [[{ b: 1 }, 'a', 5], 'jsonb'],
    [[[1]], 'jsonb'],
    [['2024-01-31'], 'timestamp'],
    [[null], 'text'],
  ])('%j in JSON are of type %s', async (values, type) => {
    expect((await typeOfJson(values))[0]).toBe(type)
  })

  it('reports that a value is in quotes', async () => {
    expect((await typeOfJson(['12.50']))[1]).toBe('"12.50" (line 1) is a text, in quotes')
    expect((await typeOfJson([1, 'a']))[1]).toBe(
      '"a" (line 2) is a text; all before it are numbers',
    )
  })

  it('counts values, nulls and empty texts, and shows some', async () => {
    const { rows, columns } = await infer('a,b\nxx,1\nxx,\n"",2\n"y\ny",3\nz,4\nw,5\n')
    expect(rows).toBe(6)
    expect(columns[0]).toMatchObject({
      values: 5,
      nulls: 0,
      empty: 1,
      examples: ['xx', 'y\\ny', 'z'],
      longest: 3,
    })
    expect(columns[1]).toMatchObject({ type: 'int', values: 5, nulls: 1, longest: 1 })
  })

  it('reports the problems that an import would have', async () => {
    const { problems } = await infer('a,,b,a\n1,2,3,4\n1,2\n1\n')
    expect(problems).toEqual([
      'column 2: no name',
      '"a" names several columns',
      '2 rows with more or fewer cells than the header, first in line 3',
    ])
    expect((await infer('a;b\n1.234;x\n')).problems).toEqual([
      'numbers can be read in two ways: "1.234" (line 2) in "a" is 1234 or 1.234, where ";" separates cells. Pass --decimal , if the comma is the decimal mark (1.234 is 1234), --decimal . if the point is.',
    ])
    expect((await infer('a;b\n1.234;2,5\n', { decimal: ',' })).problems).toEqual([])
    const late = Array.from({ length: 1000 }, () => '{"a":1}')
    expect((await infer([...late, '{"b":1}'].join('\n'))).problems).toEqual([
      'a row with a value that cannot be used, first in line 1001',
    ])
  })
})

describe('inferenceText', () => {
  it('lists the columns to create with the reason for each type', async () => {
    const text = inferenceText(await infer('zip;price;\n00501;1,5;\n00544;;\n'))
    expect(text).toBe(
      [
        'CSV, 2 rows, 3 columns; cells are separated by ";"',
        '',
        'zip        text',
        '    "00501" (line 2) has a leading zero, which a number would lose',
        '    2 values, the longest of 5 characters; such as 00501 | 00544',
        'price      text',
        '    "1,5" (line 2) is not a number; pass --decimal , if numbers are written like this',
        '    1 value, 1 null, the longest of 3 characters; such as 1,5',
        '(no name)  text',
        '    it holds no values, so any type would do',
        '    0 values, 2 nulls',
        '',
        'Fix before an import:',
        '  column 3: no name',
        '',
      ].join('\n'),
    )
  })
})
