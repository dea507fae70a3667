import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { sortNullsLast } from './nulls-last.ts'
import { tokenize } from './tokens.ts'

const db = new DatabaseSync(':memory:')
// Keywords that SQLite also takes as names are where a reader of tokens could go wrong.
db.exec(
  `CREATE TABLE t (a, b, "c d", "desc", "asc", nulls, first, last, rows, range, groups, "like", "match", over,
   filter, "end", "order", "limit", "by", current)`,
)

afterAll(() => db.close())

function isValid(sql: string): boolean {
  try {
    db.prepare(sql)
    return true
  } catch {
    return false
  }
}

/** The texts of a query: as written, and with what is to be added. */
type Text = (added: string) => string

const NAMES = [
  'a',
  'b',
  '"c d"',
  'desc',
  'asc',
  'nulls',
  'first',
  'last',
  'rows',
  'range',
  'groups',
]
const MORE_NAMES = [
  'like',
  'match',
  'over',
  'filter',
  'end',
  '"order"',
  '[limit]',
  '`by`',
  'current',
]

const name = fc.oneof(
  fc.constantFrom(...NAMES, ...MORE_NAMES),
  fc.constantFrom(...NAMES, ...MORE_NAMES).map((column) => `t.${column}`),
)
const space = fc.constantFrom(' ', '\n', ' -- order by x, y\n', '/* order by z desc */')

function joined(parts: readonly (Text | string)[], by = ' '): Text {
  return (added) => parts.map((part) => (typeof part === 'string' ? part : part(added))).join(by)
}

const { query, expression } = fc.letrec<{
  expression: Text
  terms: Text
  window: Text
  query: Text
}>((tie) => {
  const inner = tie('expression')
  const binary = fc.constantFrom(
    ...[
      '+',
      '||',
      '->>',
      '<>',
      'and',
      'OR',
      'is',
      'is not',
      'is not distinct from',
      'in',
      'not in',
    ],
    ...['like', 'NOT LIKE', 'glob', 'not glob', 'collate nocase +'],
  )
  const term = fc
    .tuple(
      inner,
      fc.constantFrom('', ' collate nocase'),
      fc.constantFrom('', ' asc', ' ASC', ' desc', ' Desc'),
      fc.constantFrom('', '', ' nulls first', ' NULLS LAST'),
    )
    .map(([text, collation, direction, nulls]): Text => {
      const isOpen = direction.toLowerCase() !== ' desc' && nulls === ''
      return (added) => text(added) + collation + direction + nulls + (isOpen ? added : '')
    })
  return {
    expression: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      {
        weight: 8,
        arbitrary: name.map(
          (text): Text =>
            () =>
              text,
        ),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom('1.5', "'x order by y'", 'null', "x'00'", '?').map(
          (text): Text =>
            () =>
              text,
        ),
      },
      { weight: 3, arbitrary: fc.tuple(inner, binary, inner).map((parts) => joined(parts)) },
      { weight: 2, arbitrary: inner.map((text) => joined(['(', text, ')'], '')) },
      {
        weight: 2,
        arbitrary: fc
          .tuple(fc.constantFrom('-', 'not', '~', 'abs(1) +'), inner)
          .map((parts) => joined(parts)),
      },
      {
        weight: 2,
        arbitrary: fc
          .tuple(inner, fc.constantFrom('isnull', 'notnull', 'not null', 'is null', "escape 'x'"))
          .map((parts) => joined(parts)),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(inner, inner, inner)
          .map(([one, two, three]) => joined([one, 'not between', two, 'and', three])),
      },
      {
        weight: 2,
        arbitrary: fc
          .tuple(fc.constantFrom('', 'desc', 'a'), inner, inner, inner)
          .map(([of, one, two, three]) =>
            joined(['case', of, 'when', one, 'then', two, 'else', three, 'end']),
          ),
      },
      { weight: 1, arbitrary: inner.map((text) => joined(['cast(', text, 'as int)'])) },
      { weight: 1, arbitrary: tie('query').map((text) => joined(['(', text, ')'])) },
      { weight: 1, arbitrary: tie('query').map((text) => joined(['exists (', text, ')'])) },
      { weight: 2, arbitrary: tie('window') },
    ),
    terms: fc
      .tuple(space, fc.array(term, { minLength: 1, maxLength: 3 }), space)
      .map(([before, list, after]) =>
        joined([`ORDER${before}by`, joined(list, after === ' ' ? ',' : ` ,${after}`)]),
      ),
    window: fc
      .tuple(
        fc.constantFrom('rank()', 'sum(a)', 'count(*) filter (where b)'),
        tie('terms'),
        fc.constantFrom(
          ...['', 'rows between 1 preceding and current row', 'groups current row'],
          ...[
            'range between unbounded preceding and current row exclude ties',
            'Range 1 preceding',
          ],
        ),
      )
      .map(([call, terms, frame]) => joined([call, 'over (', terms, frame, ')'])),
    query: fc
      .tuple(
        fc.constantFrom('', 'with w as (values (1))'),
        fc.oneof(
          inner,
          tie('terms').map((terms) => joined(["group_concat(b, ','", terms, ')'])),
        ),
        fc.constantFrom('', 'where b', 'window last as (order by a desc)'),
        fc.option(tie('terms'), { nil: '' }),
        fc.constantFrom('', 'limit 5', 'LIMIT 5 offset 1'),
      )
      .map(([first, select, middle, terms, limit]) =>
        joined([first, 'select', select, 'from t', middle, terms, limit]),
      ),
  }
})

const texts = (sql: string): string[] => tokenize(sql).map(({ text }) => text)

describe('nulls come last', () => {
  test('in each ascending term that states nothing, wherever it is', () => {
    const queries = fc
      .oneof(
        query,
        expression.map((text) => joined(['select', text, 'from t'])),
      )
      .map((text) => ({ written: text(''), expected: text(' NULLS LAST') }))
      .filter(({ written }) => isValid(written))
    fc.assert(
      fc.property(queries, ({ written, expected }) => {
        const sorted = sortNullsLast(written)
        expect(texts(sorted)).toEqual(texts(expected))
        expect(sortNullsLast(sorted)).toBe(sorted)
      }),
      { numRuns: 1_000 },
    )
  })

  test('and rows keep their order otherwise', () => {
    const value = fc.option(fc.integer({ min: 0, max: 3 }), { freq: 3 })
    const key = fc.record({
      column: fc.constantFrom(0, 1, 2),
      direction: fc.constantFrom('', 'asc', 'desc'),
      nulls: fc.constantFrom('', '', 'first', 'last'),
    })
    const lists = { minLength: 1, maxLength: 3 }
    fc.assert(
      fc.property(
        fc.array(fc.tuple(value, value, value), { minLength: 1, maxLength: 12 }),
        fc.array(key, lists),
        (rows, keys) => {
          const terms = keys.map(
            ({ column, direction, nulls }) =>
              `column${column + 1} ${direction} ${nulls && `nulls ${nulls}`}`,
          )
          const values = rows.map((row, at) => `(${[...row, at].map(String).join()})`).join()
          const sql = `select column4 from (values ${values}) order by ${terms.join()}, column4`
          const found = db.prepare(sortNullsLast(sql)).all()
          const expected = [...rows.keys()].sort((one, other) => {
            for (const { column, direction, nulls } of keys) {
              const [a, b] = [rows[one]?.[column] ?? null, rows[other]?.[column] ?? null]
              if (a === b) continue
              if (a === null || b === null) return (a === null) === (nulls === 'first') ? -1 : 1
              return direction === 'desc' ? b - a : a - b
            }
            return one - other
          })
          expect(found.map(({ column4 }) => column4)).toEqual(expected)
        },
      ),
    )
  })

  test.each([
    ['select 1 order by a -- last', 'select 1 order by a NULLS LAST -- last'],
    ['select over order by over desc, over', 'select over order by over desc, over NULLS LAST'],
    ['order by rank() over desc', 'order by rank() over desc NULLS LAST'],
    [
      'order by a is desc desc, x not like desc',
      'order by a is desc desc, x not like desc NULLS LAST',
    ],
    ['percentile(1) within group (order by a)', 'percentile(1) within group (order by a)'],
    [`select 'order by a', "order by b"`, `select 'order by a', "order by b"`],
    ['select order by', 'select order by'],
    ['order by (a', 'order by (a NULLS LAST'],
  ])('%s', (written, expected) => {
    expect(sortNullsLast(written)).toBe(expected)
  })
})
