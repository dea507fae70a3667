/** What a cell of a worksheet is read as. */
import { describe, expect, it } from 'vitest'
import { readCell as cell, SHEETS } from '../../../test/workbooks.ts'
import type { TypedCell } from '../source.ts'

const strings =
  '<si><t>00501</t></si><si><r><rPr><b/></rPr><t>a</t></r><r><t xml:space="preserve"> b</t></r>' +
  '<rPh sb="0" eb="1"><t>ruby</t></rPh><phoneticPr fontId="1"/></si><si><t/></si><si/>' +
  '<si><r><t>_x00</t></r><r><t>41_</t></r></si><si><t>a<t>nested</t>b</t></si>'

const date = (iso: string) => ({ json: new Date(iso) })

describe('a cell is read as the value that its writer means', () => {
  it.each([
    // Numbers.
    ['<c r="A2"><v>42</v></c>', { json: 42 }],
    ['<c r="A2" t="n"><v> 42 </v></c>', { json: 42 }],
    ['<c r="A2" t=""><v>42</v></c>', { json: 42 }],
    ['<c r="A2"><v>1E3</v></c>', { json: 1000 }],
    ['<c r="A2"><v>1E-3</v></c>', { json: 0.001 }],
    ['<c r="A2"><v>+7</v></c>', { json: 7 }],
    ['<c r="A2"><v>.5</v></c>', { json: 0.5 }],
    ['<c r="A2"><v>5.</v></c>', { json: 5 }],
    ['<c r="A2"><v>1.1000000000000001</v></c>', { json: 1.1 }],
    ['<c r="A2"><v>123456789012345</v></c>', { json: 123456789012345 }],
    ['<c r="A2"><v>1.2345678901234505E+15</v></c>', { json: 1234567890123450.5 }],
    ['<c r="A2"><v>6.02E+23</v></c>', { json: 6.02e23 }],
    ['<c r="A2"><v><![CDATA[42]]></v></c>', { json: 42 }],
    ['<c r="A2"><v>4<!-- a comment -->2</v></c>', { json: 42 }],
    // Booleans.
    ['<c r="A2" t="b"><v>1</v></c>', { json: true }],
    ['<c r="A2" t="b"><v>0</v></c>', { json: false }],
    ['<c r="A2" t="b"><v>true</v></c>', { json: true }],
    ['<c r="A2" t="b"><v> FALSE </v></c>', { json: false }],
    // Dates.
    ['<c r="A2" t="d"><v>2024-05-01</v></c>', date('2024-05-01T00:00:00Z')],
    ['<c r="A2" t="d"><v>2024-05-01T12:00:00</v></c>', date('2024-05-01T12:00:00Z')],
    ['<c r="A2" t="d"><v>2024-05-01T12:00</v></c>', date('2024-05-01T12:00:00Z')],
    ['<c r="A2" t="d"><v>2024-05-01T12:00:00.5Z</v></c>', date('2024-05-01T12:00:00.5Z')],
    ['<c r="A2" t="d"><v>2024-05-01T12:00:00+02:00</v></c>', date('2024-05-01T10:00:00Z')],
    // Texts.
    ['<c r="A2" t="s"><v>0</v></c>', '00501'],
    ['<c r="A2" t="s"><v> 1 </v></c>', 'a b'],
    ['<c r="A2" t="s"><v>2</v></c>', ''],
    ['<c r="A2" t="s"><v>3</v></c>', ''],
    ['<c r="A2" t="s"><v>4</v></c>', '_x0041_'],
    ['<c r="A2" t="s"><v>5</v></c>', 'ab'],
    ['<c r="A2" t="str"><v>007</v></c>', '007'],
    ['<c r="A2" t="str"><v>a_x000D_b</v></c>', 'a\rb'],
    [
      '<c r="A2" t="inlineStr"><is><t>a &lt;b&gt; &amp;amp; &#65;&#x1F600;</t></is></c>',
      'a <b> &amp; A😀',
    ],
    ['<c r="A2" t="inlineStr"><is><t>a_x000D_b_x005F_x0041_</t></is></c>', 'a\rb_x0041_'],
    ['<c r="A2" t="inlineStr"><is><t><![CDATA[<&>]]></t></is></c>', '<&>'],
    ['<c r="A2" t="inlineStr"><is><t>a\r\nb<!-- > -->c</t></is></c>', 'a\nbc'],
    ['<c r="A2" t="inlineStr"><is><t>  </t></is></c>', '  '],
    [
      '<c r="A2" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r><rPh><t>x</t></rPh></is></c>',
      'ab',
    ],
    ['<c r="A2" t="inlineStr"><v>put elsewhere</v></c>', 'put elsewhere'],
    ['<c r="A2"><is><t>without a type</t></is></c>', 'without a type'],
    // Formulas with their results.
    ['<c r="A2"><f>1+1</f><v>2</v></c>', { json: 2 }],
    ['<c r="A2" t="str"><f>A1&amp;"x"</f><v>ax</v></c>', 'ax'],
    ['<c r="A2" t="str"><f>""</f><v></v></c>', ''],
    ['<c r="A2" t="b"><f>TRUE()</f><v>1</v></c>', { json: true }],
    ['<c r="A2"><f t="shared" ref="A2:A9" si="0">B2*2</f><v>4</v></c>', { json: 4 }],
    ['<c r="A2"><f t="shared" si="0"/><v>6</v></c>', { json: 6 }],
    ['<c r="A2"><f t="array" ref="A2:A3">{1;2}</f><v>1</v></c>', { json: 1 }],
    ['<c r="A2"><f t="dataTable" ref="A2" dt2D="1"/><v>8</v></c>', { json: 8 }],
  ] as const)('%s', async (markup, value) => {
    expect(await cell(markup, { strings })).toEqual(value)
  })

  it('with the zeros at the end of a number', async () => {
    expect(JSON.stringify(await cell('<c r="A2"><v>12.50</v></c>'))).toBe('{"json":12.50}')
  })

  it('with prefixes of names, which mean nothing', async () => {
    expect(await cell('<x:c r="A2" t="b" y:t="n" y:r="Z9"><x:v>1</x:v></x:c>')).toEqual({
      json: true,
    })
  })
})

it.each([
  '<c r="A2"/>',
  '<c r="A2" s="0"/>',
  '<c r="A2"><v/></c>',
  '<c r="A2"><v> </v></c>',
  '<c r="A2" t="s"/>',
  '<c r="A2" t="b"><v></v></c>',
  '<c r="A2" t="d"><v></v></c>',
  '<c r="A2" t="str"/>',
  '<c r="A2" t="inlineStr"/>',
])('%s is empty', async (markup) => {
  expect(await cell(`${markup}<c r="B2"><v>1</v></c>`, { strings })).toBeNull()
})

describe('a cell that holds no value of its own says so, and names its place', () => {
  it.each([
    ['<c r="A2"><v>12,5</v></c>', 'is a number, but its value is not one'],
    ['<c r="A2"><v>0x10</v></c>', 'is a number, but its value is not one'],
    ['<c r="A2"><v>INF</v></c>', 'is a number, but its value is not one'],
    ['<c r="A2"><v>NaN</v></c>', 'is a number, but its value is not one'],
    ['<c r="A2"><v>1E999</v></c>', 'is a number, but its value is not one'],
    [
      '<c r="A2"><v>1234567890123450</v></c>',
      'holds a number of 16 or more digits, and a spreadsheet keeps only 15',
    ],
    [
      '<c r="A2"><v>1.23456789012346E+018</v></c>',
      'holds a number of 16 or more digits, and a spreadsheet keeps only 15',
    ],
    [
      '<c r="A2"><v>1.2345678901234567E+20</v></c>',
      'holds a number of 16 or more digits, and a spreadsheet keeps only 15',
    ],
    ['<c r="A2" t="b"><v>2</v></c>', 'is a boolean, but neither true nor false'],
    ['<c r="A2" t="d"><v>2024-02-30</v></c>', 'is a date, but'],
    ['<c r="A2" t="d"><v>1 May 2024</v></c>', 'is a date, but'],
    ['<c r="A2" t="d"><v>2024-05-01T12:00:00.123456Z</v></c>', 'is a date, but'],
    ['<c r="A2" t="s"><v>99</v></c>', 'refers to a text that is not in the file'],
    ['<c r="A2" t="s"><v></v></c>', 'refers to a text that is not in the file'],
    ['<c r="A2" t="s"><v>-1</v></c>', 'refers to a text that is not in the file'],
    ['<c r="A2" t="s"><v>constructor</v></c>', 'refers to a text that is not in the file'],
    ['<c r="A2" t="s"><is><t>x</t></is></c>', 'holds a text that does not fit its type'],
    ['<c r="A2" t="s"><v>0</v><is><t>x</t></is></c>', 'holds more than one value'],
    ['<c r="A2"><v>1</v><v>2</v></c>', 'holds more than one value'],
    ['<c r="A2"><v>1<v>2</v></v></c>', 'holds more than one value'],
    ['<c r="A2" t="x"><v>1</v></c>', 'is of an unknown type: "x"'],
    ['<c r="A2" t="e"><f>x</f><v>#N/A</v></c>', 'shows the error #N/A'],
    ['<c r="A2" t="e"><v>#DIV/0!</v></c>', 'shows the error #DIV/0!'],
    ['<c r="A2"><f>1+1</f></c>', 'holds a formula that was saved without its result'],
    ['<c r="A2"><f>1+1</f><v/></c>', 'holds a formula that was saved without its result'],
    ['<c r="A2" t="str"><f>1+1</f></c>', 'holds a formula that was saved without its result'],
  ])('%s', async (markup, problem) => {
    const read = (await cell(markup, { strings })) as TypedCell
    expect(read.problem).toContain(`Stores!A2 ${problem}`)
  })

  it('in a sheet whose name formulas put in quotes', async () => {
    const workbook = SHEETS.replace('Stores', "Opening hours&#10;d'été")
    const read = await cell('<c r="A2"><v>x</v></c>', { workbook })
    expect(read).toMatchObject({
      problem: expect.stringContaining("'Opening hours\\nd''été'!A2 is"),
    })
  })
})

it('what is within a cell and no value of it counts for nothing', async () => {
  const odd = '<c r="B9"><v>8</v></c><extLst><ext><v>9</v></ext></extLst>'
  expect(await cell(`<c r="A2" t="n">${odd}<v>1</v></c>`)).toEqual({ json: 1 })
})
