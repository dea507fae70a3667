/** Random tables, records and conditions over pools of values so small that conditions meet records. */
import type { Column } from '@chatlayer-tables/contract'
import fc from 'fast-check'
import type { Where } from '../../src/query/where-types.ts'
import type { StoredRecord } from './fake-filter.ts'

export interface TypePool {
  /** Literals as they are stored. */
  readonly stored: readonly string[]
  /** Values to compare with, as a caller writes them. */
  readonly values: readonly unknown[]
  readonly relations: readonly string[]
  readonly matching: boolean
}

const EQUALITY = ['eq', 'ne']
const ORDER = [...EQUALITY, 'gt', 'gte', 'lt', 'lte']

const UUIDS = [
  '00000000-0000-4000-8000-000000000001',
  'aaaaaaaa-0000-4000-8000-00000000000b',
  'ffffffff-0000-4000-8000-000000000003',
]

const TEXTS = [
  '',
  'a',
  'A',
  'ab',
  'b,c',
  ' b',
  '"q"\\',
  'null',
  '😀',
  '\uffff',
  "o'k",
  '100%_',
  'é',
  'ÉB',
  'ΑΣ',
  'ας',
  'ß',
  'ẞ',
  'SS',
  'İ',
  'ı',
]

const POOLS: Readonly<Record<string, TypePool>> = {
  text: { stored: TEXTS, values: [...TEXTS, 'absent'], relations: ORDER, matching: true },
  int: {
    stored: ['-5', '0', '5', '18', '9007199254740993', '-9223372036854775808'],
    values: [-5, 0, 5, 6, 18n, '9007199254740993', 2n ** 70n, '-9223372036854775808'],
    relations: ORDER,
    matching: false,
  },
  numeric: {
    stored: ['-0.5', '0', '1.50', '1.5', '100', '0.000000000001'],
    values: [-0.5, 0, '1.500', 1.5, '1e2', 100n, '0.000000000001', 'NaN'],
    relations: ORDER,
    matching: false,
  },
  bool: {
    stored: ['true', 'false'],
    values: [true, false, 'true'],
    relations: ORDER,
    matching: false,
  },
  uuid: {
    stored: UUIDS,
    values: [...UUIDS, UUIDS[1]?.toUpperCase(), UUIDS[2]?.replaceAll('-', '')],
    relations: ORDER,
    matching: false,
  },
  timestamp: {
    stored: [
      '2024-01-01T00:00:00.000000Z',
      '2024-01-01T00:00:00.000001Z',
      '2024-01-01T00:00:00.000999Z',
      '2024-01-01T00:00:00.001000Z',
      '2024-06-01T12:00:00.500000Z',
    ],
    values: [
      '2024-01-01',
      new Date('2024-01-01T00:00:00.001Z'),
      '2024-01-01T00:00:00.000001Z',
      '2024-01-01T00:00:00.000999Z',
      '2024-06-01T14:00:00.5+02:00',
      '9999-12-31T23:59:59.999999Z',
    ],
    relations: ORDER,
    matching: false,
  },
  jsonb: {
    stored: ['{"a":1}', '{"a":1.0}', '[]', '5', '"x"', 'true', '9007199254740993'],
    values: [{ a: 1 }, [], 5, 'x', true, 9007199254740993n, { b: null }],
    relations: EQUALITY,
    matching: false,
  },
  mystery: { stored: ['x', 'y', ''], values: ['x', 'z', 5], relations: ORDER, matching: true },
}

const TYPES = Object.keys(POOLS)

/** Names that a careless implementation trips over. */
const NAMES = [
  'a',
  'b c',
  'id',
  'createdAt',
  'or',
  'not',
  '__proto__',
  'constructor',
  '',
  '"q"',
  'eq',
]

export const columnsArbitrary: fc.Arbitrary<Column[]> = fc.uniqueArray(
  fc.record({ name: fc.constantFrom(...NAMES), type: fc.constantFrom(...TYPES) }),
  { selector: ({ name }) => name, minLength: 1, maxLength: 5 },
)

function poolOf(type: string): TypePool {
  const pool = POOLS[type]
  if (pool === undefined) throw new Error(`no pool of ${type}`)
  return pool
}

function uuidOf(index: number): string {
  return `${String(index).padStart(8, '0')}-1111-4111-8111-111111111111`
}

export function recordsArbitrary(
  columns: readonly Column[],
  maxLength: number,
): fc.Arbitrary<StoredRecord[]> {
  const values = fc.tuple(
    ...columns.map(({ type }) => fc.option(fc.constantFrom(...poolOf(type).stored), { freq: 4 })),
  )
  const created = fc.constantFrom(0n, 1n, 1000n, 1_700_000_000_000_999n, 1_700_000_000_001_000n)
  return fc.array(fc.tuple(values, created), { maxLength }).map((rows) =>
    rows.map(([row, at], index) => ({
      id: uuidOf(index),
      created: at,
      stored: Object.fromEntries(columns.map(({ name }, column) => [name, row[column] ?? null])),
    })),
  )
}

/** How a column is written as a key of a condition. */
export function keyOfColumn(name: string): string {
  const own = ['and', 'or', 'not', 'id', 'createdAt', 'updatedAt'].includes(name)
  return own || name.startsWith('"') ? `"${name}"` : name
}

function comparisonArbitrary(pool: TypePool): fc.Arbitrary<unknown> {
  const value = fc.constantFrom(...pool.values)
  const options: fc.Arbitrary<unknown>[] = [
    fc.tuple(fc.constantFrom(...pool.relations), value).map(([word, one]) => ({ [word]: one })),
    fc
      .tuple(
        fc.constantFrom(...pool.relations),
        value,
        fc.constantFrom('in', 'nin'),
        fc.array(value, { maxLength: 4 }),
      )
      .map(([word, one, list, all]) => ({ [word]: one, [list]: all })),
    fc
      .tuple(fc.constantFrom('in', 'nin'), fc.array(value, { maxLength: 5 }))
      .map(([word, all]) => ({ [word]: all })),
    fc.boolean().map((isNull) => ({ isNull })),
    fc.constant(null),
  ]
  if (pool.matching) {
    options.push(
      fc
        .tuple(
          fc.constantFrom(
            'contains',
            'startsWith',
            'endsWith',
            'icontains',
            'istartsWith',
            'iendsWith',
            'ieq',
          ),
          fc.constantFrom(
            ...['', 'a', 'b', '%', '_', '\\', '😀', 'é', ',', 'AB', 'É', 'σ', 'ασ', 'ß', 'S', 'i'],
          ),
        )
        .map(([word, text]) => ({ [word]: text })),
    )
  }
  return fc.oneof(...options)
}

const ids = fc.nat({ max: 12 }).map(uuidOf)

const recordFieldArbitrary: fc.Arbitrary<Where> = fc.oneof(
  ids.map((id) => ({ id })),
  fc.array(ids, { maxLength: 4 }).map((list) => ({ id: { in: list } })),
  ids.map((id) => ({ id: { gt: id } })),
  fc.constant({ id: { ne: 'no uuid' } }),
  fc.constant({ id: 'no uuid' }),
  fc
    .tuple(
      fc.constantFrom('eq', 'ne', 'gt', 'gte', 'lt', 'lte'),
      fc.constantFrom('1970-01-01', '1970-01-01T00:00:00.000001Z', new Date(1_700_000_000_000)),
    )
    .map(([word, at]) => ({ createdAt: { [word]: at } })),
)

export function whereArbitrary(columns: readonly Column[]): fc.Arbitrary<Where> {
  const leaf: fc.Arbitrary<Where> = fc
    .constantFrom(...columns)
    .chain(({ name, type }) =>
      comparisonArbitrary(poolOf(type)).map(
        (comparison) => Object.fromEntries([[keyOfColumn(name), comparison]]) as Where,
      ),
    )
  const { where } = fc.letrec<{ where: Where }>((tie) => ({
    where: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { arbitrary: leaf, weight: 6 },
      { arbitrary: recordFieldArbitrary, weight: 1 },
      { arbitrary: fc.constant({}), weight: 1 },
      {
        arbitrary: fc
          .array(tie('where'), { minLength: 1, maxLength: 3 })
          .map((all) => ({ and: all })),
        weight: 2,
      },
      {
        arbitrary: fc.array(tie('where'), { maxLength: 3 }).map((any) => ({ or: any })),
        weight: 3,
      },
      { arbitrary: tie('where').map((not) => ({ not })), weight: 2 },
      {
        arbitrary: fc.tuple(leaf, tie('where')).map(([one, other]) => ({ ...other, ...one })),
        weight: 2,
      },
    ),
  }))
  return where
}

/** Conditions of the kinds that are worth several SELECTs: lists, and ORs of equalities. */
export function narrowArbitrary(columns: readonly Column[]): fc.Arbitrary<Where> {
  const named = columns.filter(({ type }) => type !== 'jsonb' && type !== 'mystery')
  const equality = fc.oneof(
    ids.map((id): Where => ({ id })),
    ...named.map(({ name, type }) =>
      fc
        .constantFrom(...poolOf(type).values)
        .map((value) => Object.fromEntries([[keyOfColumn(name), value]]) as Where),
    ),
  )
  const lists = [
    fc.array(ids, { minLength: 1, maxLength: 4 }).map((list): Where => ({ id: { in: list } })),
    ...named.map(({ name, type }) =>
      fc
        .array(fc.constantFrom(...poolOf(type).values), { minLength: 1, maxLength: 4 })
        .map((list) => Object.fromEntries([[keyOfColumn(name), { in: list }]]) as Where),
    ),
  ]
  const list = fc.oneof(...lists)
  return fc.oneof(
    list,
    fc
      .array(fc.oneof(equality, list), { minLength: 2, maxLength: 3 })
      .map((any): Where => ({ or: any })),
    fc.tuple(equality, list, whereArbitrary(columns)).map((all): Where => ({ and: all })),
    fc.tuple(list, list).map((all): Where => ({ and: all })),
  )
}
