import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonPageSplitter } from './json-page.ts'
import { locate } from './json-pointer.ts'

/** A document with its rows, and the path to them. */
const documents = fc
  .record({
    rows: fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), { minLength: 1 }),
    // Besides the rows, no list has objects.
    others: fc.array(fc.tuple(fc.string(), fc.oneof(fc.string(), fc.double(), fc.array(fc.nat())))),
    path: fc.array(fc.string(), { maxLength: 3 }),
    space: fc.constantFrom(undefined, 1, '\t', '\n'),
  })
  .map(({ rows, others, path, space }) => {
    const document = path.reduceRight<unknown>(
      (inner, name) =>
        Object.fromEntries([
          ...others,
          [name, inner],
          ...others.filter(([other]) => other !== name),
        ]),
      rows,
    )
    return { document, rows, path, text: JSON.stringify(document, null, space) }
  })
  .filter(({ path }) => !path.some((name) => /^errors?$/i.test(name)))

function split(text: string, size: number, wanted?: readonly string[]) {
  const splitter = new JsonPageSplitter(wanted)
  const rows: string[] = []
  for (let at = 0; at < text.length; at += size)
    rows.push(...splitter.push(text.slice(at, at + size)))
  return { splitter, rows }
}

describe('JsonPageSplitter', () => {
  it('finds the rows and the frame, wherever the text is cut', () => {
    fc.assert(
      fc.property(
        documents,
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        (made, size, isWanted) => {
          const { splitter, rows } = split(made.text, size, isWanted ? made.path : undefined)
          expect(splitter.problem).toBeUndefined()
          expect(splitter.ended).toBe(true)
          expect(splitter.rowsAt).toEqual(made.path)
          expect(rows.map((row) => JSON.parse(row))).toEqual(JSON.parse(JSON.stringify(made.rows)))
          expect(locate(JSON.parse(splitter.frame), made.path)).toEqual({ found: true, value: [] })
        },
      ),
    )
  })

  it('reports a document that is cut short as not ended', () => {
    fc.assert(
      fc.property(documents, fc.double({ min: 0, max: 0.9999, noNaN: true }), (made, part) => {
        const whole = made.text.trimEnd()
        const { splitter } = split(whole.slice(0, Math.floor(whole.length * part)), 7)
        expect(splitter.ended).toBe(false)
      }),
    )
  })

  it('finds rows inside a list by a pointer', () => {
    const { rows } = split('[{"rows":[1]},{"rows":[{"a":1},{"a":2}]}]', 3, ['1', 'rows'])
    expect(rows).toEqual(['{"a":1}', '{"a":2}'])
  })

  it.each([
    ['{"a":[{}],"a":[{}]}', 'there are two lists at /a'],
    ['{"a":[{}],"b":{"c":[{}]}}', 'there are several lists of objects, at /a and /b/c'],
    ['{"a":1}{"a":2}', 'a second JSON value follows the first'],
    [`{"a":"${'x'.repeat(33 * 1024 * 1024)}"}`, 'there is too much besides the list of rows'],
  ])('reports a problem: %#', (text, problem) => {
    expect(split(text, 1 << 20).splitter.problem).toBe(problem)
  })
})
