import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutAt, readAll, rejectionOf } from '../../test/reading.ts'
import { JsonListSplitter } from './json-list.ts'

function cellsOf(rows: readonly { readonly cells: readonly unknown[] }[]): unknown[] {
  return rows.map(({ cells }) =>
    cells.map((cell) =>
      cell !== null && typeof cell === 'object' ? Object.values(cell)[0] : cell,
    ),
  )
}

describe('a JSON list', () => {
  it('has the keys in order of appearance as header, and null for missing ones', async () => {
    const read = await readAll('[{"a":1,"b":null}, {"c":"x","a":true}]')
    expect(read.format).toBe('json')
    expect(read.header).toEqual(['a', 'b', 'c'])
    expect(read.rows.map(({ line }) => line)).toEqual([1, 2])
    expect(cellsOf(read.rows)).toEqual([
      [1, null, null],
      [true, null, 'x'],
    ])
  })

  it('keeps every digit of numbers, and nested values as they are', async () => {
    const { rows } = await readAll(
      '[{"n":9007199254740993,"d":0.10000000000000000000001,"o":{"a":[1]}}]',
    )
    const [[big, decimal, nested]] = cellsOf(rows) as [unknown[]]
    expect(big).toBe(9007199254740993n)
    expect(JSON.stringify(decimal)).toBe('0.10000000000000000000001')
    expect(nested).toEqual({ a: [1] })
  })

  it('takes a key named __proto__ for a key', async () => {
    const read = await readAll('[{"__proto__":1,"constructor":2}]')
    expect(read.header).toEqual(['__proto__', 'constructor'])
    expect(cellsOf(read.rows)).toEqual([[1, 2]])
  })

  it('may be empty', async () => {
    expect(await readAll(' [ ] ')).toMatchObject({ header: [], rows: [], error: undefined })
  })

  it.each([
    [
      'an item that is not an object',
      '[{"a":1}, 2]',
      'item 2: a record is an object, not a number',
    ],
    ['a list in it', '[[1]]', 'item 1: a record is an object, not a list'],
    [
      'a big number in it',
      '[123456789012345678901.5e3]',
      'item 1: a record is an object, not a number',
    ],
    ['no comma', '[{"a":1} {"a":2}]', 'item 1: this is not JSON'],
    ['a missing item', '[{"a":1},,{"a":2}]', 'item 2: this is not JSON'],
    ['a comma at the end', '[{"a":1},]', 'item 2: this is not JSON'],
    ['no end', '[{"a":1},', 'the list is not closed after item 1'],
    ['an end within an item', '[{"a":1},{"a":"', 'the list is not closed after item 1'],
    ['something behind it', '[{"a":1}] x', 'something follows the end of the list'],
    ['a bracket too many', '[{"a":1}}]', 'not followed by a comma'],
  ])('is rejected with %s', async (_, text, message) => {
    const outcome = await readAll(text, { name: 'x.json', format: 'json' }).then(
      ({ error }) => error,
      (error: Error) => error,
    )
    expect(outcome?.message).toContain(message)
  })

  it('gives the records before the problem', async () => {
    const { rows, error } = await readAll('[{"a":1},{"a":2},3]')
    expect(rows).toHaveLength(2)
    expect(error?.message).toContain('item 3')
  })

  it('is cut into its items wherever the text is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { maxLength: 6 }),
        fc.constantFrom(0, 2),
        fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
        (items, indent, sizes) => {
          const text = JSON.stringify(items, null, indent)
          const splitter = new JsonListSplitter()
          const found: string[] = []
          for (let at = 0; at < text.length; ) {
            const size = sizes.next().value
            found.push(...splitter.push(text.slice(at, at + size)))
            at += size
          }
          expect(splitter.ended).toBe(true)
          expect(found.map((item) => JSON.parse(item))).toEqual(JSON.parse(text))
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe('NDJSON', () => {
  it('has an object a line, and blank lines between', async () => {
    const read = await readAll('{"a":1}\r\n\n{"a":"x\\ny"}')
    expect(read.format).toBe('ndjson')
    expect(read.rows.map(({ line }) => line)).toEqual([1, 3])
    expect(cellsOf(read.rows)).toEqual([[1], ['x\ny']])
  })

  it('stops at a line that is not an object, after the rows before it', async () => {
    const read = await readAll('{"a":1}\n{"a":2\n{"a":3}\n', { name: 'x.ndjson' })
    expect(read.rows).toHaveLength(1)
    expect(read.error?.message).toBe('x.ndjson, line 2: this is not JSON')
  })

  it('says what an object over several lines should be', async () => {
    const { message, hint } = await rejectionOf(readAll('{\n  "data": []\n}', { name: 'x.json' }))
    expect(message).toBe('x.json, line 1: this is not JSON')
    expect(hint).toContain('[{…}, {…}]')
  })

  it('puts a row in problem whose key comes only after the header, and keeps what it holds', async () => {
    const lines = Array.from({ length: 1000 }, (_, index) => JSON.stringify({ a: index }))
    const { header, rows } = await readAll([...lines, '{"a":1,"late":[2]}', '{"a":3}'].join('\n'))
    expect(header).toEqual(['a'])
    expect(rows).toHaveLength(1002)
    const late = rows[1000]
    expect(late?.cells).toEqual([{ json: 1 }, { json: { late: [2] } }])
    expect(late?.problem?.message).toContain('the key "late" is in none of the first 1,000 records')
    expect(rows[1001]).toEqual({ line: 1002, cells: [{ json: 3 }] })
  })

  it('minds no place where the bytes are cut', async () => {
    const bytes = Buffer.from('{"a":"é😀"}\r\n{"a":[1,{"b":"}\\""}]}\n')
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(60), { maxLength: 8 }), async (places) => {
        const { rows } = await readAll(cutAt(bytes, places))
        expect(cellsOf(rows)).toEqual([['é😀'], [[1, { b: '}"' }]]])
      }),
    )
  })
})

describe('a JSON list inside a text', () => {
  it('ends where it is closed, however the text is cut', () => {
    const items = fc.array(fc.json({ maxDepth: 2 }))
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 50 }), (texts, size) => {
        const after = ',"next":[1]}'
        const text = `[${texts.join(' , ')}]${after}`
        const splitter = new JsonListSplitter({ isInside: true })
        const found: string[] = []
        let at = 0
        for (; !splitter.ended; at += size) {
          // Each chunk has two characters before the part that is of the list.
          found.push(...splitter.push(`{[${text.slice(at, at + size)}`, 2))
        }
        expect(found.map((item) => item.trim())).toEqual(texts)
        expect(text.slice(at - size + splitter.end - 2)).toBe(after)
        expect(splitter.problem).toBeUndefined()
      }),
    )
  })
})
