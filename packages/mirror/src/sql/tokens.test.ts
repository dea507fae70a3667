import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fileReferences } from './rewrite.ts'
import { parametersOf, statements, tokenize } from './tokens.ts'

const texts = (sql: string): string[] => tokenize(sql).map(({ text }) => text)

describe('tokens', () => {
  test.each([
    ['select a.b', ['select', 'a', '.', 'b']],
    ['a--x\n/* ; */b', ['a', 'b']],
    ["'it''s' \"a\"\"b\" [c d] `e``f` x'00'", ["'it''s'", '"a""b"', '[c d]', '`e``f`', "x'00'"]],
    [':a @b $c ?1 ? #d', [':a', '@b', '$c', '?1', '?', '#d']],
    ['1.5e-3 0x1F .5 1e', ['1.5e-3', '0x1F', '.5', '1', 'e']],
    ["a->>'$.b'||c<>1", ['a', '->>', "'$.b'", '||', 'c', '<>', '1']],
    ['größe', ['größe']],
    ["select 'open", ['select', "'open"]],
  ])('%s', (sql, expected) => {
    expect(texts(sql)).toEqual(expected)
  })

  test('mean the text in their quotes', () => {
    expect(tokenize(`"a""b" [c] 'it''s'`).map(({ value }) => value)).toEqual(['a"b', 'c', "it's"])
  })

  test('cover any text, in order', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (sql) => {
        let at = 0
        for (const { start, end, text } of tokenize(sql)) {
          expect(start).toBeGreaterThanOrEqual(at)
          expect(text).toBe(sql.slice(start, end))
          at = end
        }
      }),
    )
  })
})

test.each([
  ['select 1', 1],
  ['select 1;', 1],
  ['; select 1;;', 1],
  ["select ';' -- ;\n", 1],
  ['select 1; select 2', 2],
  ['/* ; */', 0],
])('%s has %i statements', (sql, count) => {
  expect(statements(tokenize(sql))).toHaveLength(count)
})

test('parameters in text are none', () => {
  const sql = `select ':no', "x:no", :yes, $yes, @also, ?, ? -- :no`
  expect(parametersOf(tokenize(sql))).toEqual({ names: ['yes', 'also'], places: 2 })
  expect(parametersOf(tokenize('?3 ?1'))).toEqual({ names: [], places: 3 })
})

test('files are found in the place of a table', () => {
  const sql = `select file from FILE ( 'a''b.csv' ) f, x.file('no'), 'file(''no'')', file(no)`
  expect(fileReferences(tokenize(sql)).map(({ path }) => path)).toEqual(["a'b.csv"])
})
