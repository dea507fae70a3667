/**
 * The column types against PostgreSQL itself: which literals are taken, what they are printed as,
 * and how two values compare. PGlite is PostgreSQL in this process.
 */

import { type ColumnType, Dialect } from '@chatlayer-tables/contract'
import { PGlite } from '@electric-sql/pglite'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cell, LiteralError, type Stored } from '../src/columns/codec.ts'
import { codecs } from '../src/columns/index.ts'

const dialect = Dialect.parse({ timestampZone: 'dropped' })
const converted = Dialect.parse({ timestampZone: 'converted' })

/** The PostgreSQL type that each of ours is held against. */
const oracleType: Record<ColumnType, string> = {
  text: 'text COLLATE "C"',
  int: 'bigint',
  numeric: 'numeric',
  uuid: 'uuid',
  bool: 'bool',
  timestamp: 'timestamp',
  jsonb: 'jsonb',
}

let postgres: PGlite

beforeAll(async () => {
  postgres = new PGlite()
  await postgres.exec("SET timezone TO 'UTC'; SET datestyle TO 'ISO, YMD'")
})

afterAll(() => postgres.close())

/** What PostgreSQL prints for each literal; null for those that it rejects. */
async function printed(literals: readonly string[], type: string): Promise<(string | null)[]> {
  const [bare = type] = type.split(' COLLATE')
  const { rows } = await postgres.query<{ text: string | null }>(
    `SELECT CASE WHEN pg_input_is_valid(given, '${bare}') THEN given::${bare}::text END AS text
       FROM unnest($1::text[]) WITH ORDINALITY AS _(given, place) ORDER BY place`,
    [literals],
  )
  return rows.map(({ text }) => text)
}

/** -1, 0 or 1 for each pair. */
async function compared(pairs: readonly (readonly [string, string])[], type: string) {
  const { rows } = await postgres.query<{ sign: number }>(
    `SELECT CASE WHEN a::${type} < b::${type} THEN -1 WHEN a::${type} = b::${type} THEN 0 ELSE 1 END AS sign
       FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS _(a, b, place) ORDER BY place`,
    [pairs.map(([a]) => a), pairs.map(([, b]) => b)],
  )
  return rows.map(({ sign }) => sign)
}

function parse(type: ColumnType, literal: string, under = dialect): Cell | null {
  try {
    return codecs[type].parse(literal, under)
  } catch (error) {
    if (error instanceof LiteralError) return null
    throw error
  }
}

/** Compares two keys as SQLite does. */
function compareKeys(a: Stored, b: Stored): number {
  if (typeof a === 'bigint' && typeof b === 'bigint') return a < b ? -1 : a > b ? 1 : 0
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)))
}

/** Our value in PostgreSQL's print. */
function ours(type: ColumnType, cell: Cell | null): string | null {
  if (cell === null) return null
  const text = codecs[type].write(cell.value, Dialect.parse({ intForm: 'string' }))
  if (type === 'jsonb') return text
  const value = JSON.parse(text)
  if (type === 'bool') return String(value)
  if (type !== 'timestamp') return value
  return value.replace('T', ' ').replace(/\.?0*Z$/, '')
}

/** PostgreSQL takes the same of these literals as we do, and prints the same. */
async function expectSame(type: ColumnType, given: readonly string[]): Promise<void> {
  const expected = await printed(given, oracleType[type])
  const mine = given.map((literal) => ours(type, parse(type, literal)))
  // Its jsonb has spaces that ours lacks: it is made to print ours.
  const actual = type === 'jsonb' ? await printedWhere(mine) : mine
  expect(given.map((literal, index) => [literal, actual[index]])).toEqual(
    given.map((literal, index) => [literal, expected[index]]),
  )
}

async function printedWhere(texts: readonly (string | null)[]): Promise<(string | null)[]> {
  const all = await printed(
    texts.map((text) => text ?? ''),
    'jsonb',
  )
  return all.map((text, index) => (texts[index] === null ? null : text))
}

const digits = fc.stringMatching(/^[0-9]{1,40}$/)
const number = fc.oneof(
  fc.stringMatching(/^[+-]?[0-9]{1,30}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,2})?$/),
  fc.stringMatching(/^[+-]?\.[0-9]{1,20}$/),
  fc.stringMatching(/^[ ]?[+-]?0[xXoObB]_?[0-9a-fA-F_]{1,12}$/),
  fc.stringMatching(/^[0-9_.eE+ -]{1,12}$/),
  fc.integer({ min: -20, max: 20 }).map(String),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String),
  fc.constantFrom('NaN', 'inf', '-Infinity', '+inf', '0', '-0', '-0.00', '0.0', '1.0', '1.00'),
  digits,
)

const json: fc.Arbitrary<string> = fc
  .letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(null, true, false),
      fc.integer({ min: -3, max: 3 }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom('', 'a', 'ab', 'b', '\u0001', 'é', '😀', '\uffff', '1'),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('', 'a', 'b', 'aa', 'é', '😀', '__proto__'), tie('value'), {
        maxKeys: 3,
      }),
    ),
  }))
  .value.map((value) => JSON.stringify(value))

const moment = fc
  .tuple(
    fc.integer({ min: 2, max: 9998 }),
    fc.integer({ min: 0, max: 13 }),
    fc.integer({ min: 0, max: 32 }),
    fc.constantFrom(' ', 'T', 't', '  '),
    fc.integer({ min: 0, max: 25 }),
    fc.integer({ min: 0, max: 61 }),
    fc.integer({ min: 0, max: 61 }),
    fc.stringMatching(/^(\.[0-9]{0,9})?$/),
    fc.constantFrom(
      '',
      'Z',
      'z',
      ' Z',
      '+02',
      '-05:30',
      '+0530',
      '+15:59',
      '+16',
      '-15:59:59',
      '+5',
      '+530',
    ),
  )
  .map(([year, month, day, mark, hour, minute, second, fraction, zone]) => {
    const two = (part: number) => String(part).padStart(2, '0')
    return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}${mark}${two(hour)}:${two(minute)}:${two(second)}${fraction}${zone}`
  })

const literals: Record<ColumnType, fc.Arbitrary<string>> = {
  // PostgreSQL takes no U+0000 at all, and PGlite's wire no lone surrogate.
  text: fc.string({ unit: 'binary', maxLength: 5 }).map((text) => text.replaceAll('\0', '\x01')),
  int: number,
  numeric: number,
  uuid: fc.oneof(
    fc.uuid(),
    fc.uuid().map((uuid) => `{${uuid.toUpperCase()}}`),
    fc.uuid().map((uuid) => uuid.replaceAll('-', '')),
    fc.uuid().map((uuid) => uuid.replaceAll('-', '').replace(/(.{4})(?=.)/g, '$1-')),
    fc.uuid().map((uuid) => uuid.replace('-', '--')),
    fc.uuid().map((uuid) => uuid.replace(/-.*$/, '')),
    fc.uuid().map((uuid) => `{${uuid}`),
    fc.uuid().map((uuid) => ` ${uuid}`),
    fc.uuid().map((uuid) => `${uuid}}`),
  ),
  bool: fc.oneof(
    fc.constantFrom(
      ...[
        'true',
        'false',
        'yes',
        'no',
        'on',
        'off',
        '1',
        '0',
        'o',
        '',
        ' ',
        'TRUE',
        ' t ',
        '2',
        '10',
      ],
    ),
    fc.stringMatching(/^[truefalsyno]{1,3}$/),
  ),
  timestamp: fc.oneof(
    moment,
    moment.map((text) => text.slice(0, 10)),
    moment.map((text) => text.slice(0, 16)),
  ),
  jsonb: json,
}

describe.each(Object.keys(codecs) as ColumnType[])('%s', (type) => {
  test('takes and prints what PostgreSQL takes and prints', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(literals[type], { minLength: 40, maxLength: 60 }),
        async (given) => {
          await expectSame(type, given)
        },
      ),
      { numRuns: 40 },
    )
  })

  test('compares as PostgreSQL compares', async () => {
    const taken = literals[type].filter((literal) => parse(type, literal) !== null)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(taken, taken), { minLength: 40, maxLength: 60 }),
        async (pairs) => {
          const expected = await compared(pairs, oracleType[type])
          const actual = pairs.map(([a, b]) =>
            compareKeys(parse(type, a)!.key, parse(type, b)!.key),
          )
          expect(pairs.map((pair, index) => [pair, actual[index]])).toEqual(
            pairs.map((pair, index) => [pair, expected[index]]),
          )
        },
      ),
      { numRuns: 40 },
    )
  })
})

const edges: Partial<Record<ColumnType, readonly string[]>> = {
  int: [
    '',
    ' ',
    '1.0',
    '1e3',
    '+',
    '-',
    '- 1',
    '--1',
    '1 2',
    '\t7\n',
    '\u00a07',
    '٣',
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775808',
    '-9223372036854775809',
    '0x1F',
    '0X1f',
    '-0x8000000000000000',
    '0x8000000000000000',
    '0o17',
    '0O8',
    '0b101',
    '0b2',
    '1_000',
    '1__000',
    '_1',
    '1_',
    '0x_1F',
    '0x1F_',
    '0_x1',
    '007',
    '00000000000000000000000000007',
  ],
  numeric: [
    '',
    '.',
    '5.',
    '.5',
    '+.5',
    '-.5e1',
    '1e',
    '1e+',
    '1e1.5',
    '1.5e1',
    '1.50e1',
    '1.5e-1',
    '0e5',
    '0.000e2',
    '0e-3',
    '-0e-3',
    '1_0.0_1',
    '1_.0',
    '1._0',
    '1e1_0',
    '1e_1',
    '0x1F',
    '0x1.F',
    '-0x1F',
    'NaN',
    'nan',
    '-NaN',
    '+NaN',
    'inf',
    '-inf',
    '+Infinity',
    'infinit',
    'Infinity ',
    '1 000',
    '1,5',
    '1e131071',
    '1e131072',
    '-1e131071',
    '9e131071',
    '0.1e131072',
    '0.1e131073',
    '1e-16383',
    '1e-16384',
    '0e-16383',
    '0e-16384',
    '0e999999',
    '0e1073741824',
    '1e9999999999',
    '00000.1',
    `${'0'.repeat(5)}1e-5`,
    `1${'0'.repeat(131_071)}`,
    `1${'0'.repeat(131_072)}`,
  ],
  uuid: [
    '',
    'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
    '{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}',
    'a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11',
    'a0eebc999c0b4ef8bb6d6bb9bd380a11-',
    'a0e-ebc999c0b4ef8bb6d6bb9bd380a11',
    '11111111-1111-1111-1111-11111111111G',
    'a0eebc999c0b4ef8bb6d6bb9bd380a11 ',
    '{a0eebc999c0b4ef8bb6d6bb9bd380a11-}',
  ],
  bool: [
    't',
    'tr',
    'truee',
    'f',
    'F',
    'y',
    'n',
    'of',
    'offf',
    'o',
    '1',
    '11',
    '0',
    '00',
    '-1',
    '\tyes\n',
  ],
  timestamp: [
    '',
    '2024-02-29',
    '2023-02-29',
    '1900-02-29',
    '2000-02-29',
    '2024-1-5',
    '2024-01-05 1:2:3',
    '2024-01-05 24:00:00',
    '2024-01-05 24:00:01',
    '2024-01-05 23:59:60',
    '2024-01-05 23:59:61',
    '2024-01-05 23:59:60.1',
    '2024-01-05 24:00:00.1',
    '2024-01-05 12:00:60.1',
    '2024-01-05 23:60:00',
    '0000-01-01',
    '0001-01-01',
    '2024-01-05T10:20',
    '2024-01-05T10',
    '2024-01-05T10:20:30.',
    '2024-01-05T10:20:30.1234565',
    '2024-01-05T10:20:30.1234575',
    '2024-01-05T10:20:30.0000005',
    '2024-01-05T10:20:30.0000015',
    '2024-01-05T23:59:59.9999999',
    '2024-01-05 10:20:30+',
    '2024-01-05 10:20:30+2',
    ' 2024-01-05 ',
    '2024-01-05 10:20:30+0200',
    '2024-01-05 10:20:30 +02',
    '2024-01-05 10:20:30+02:60',
    '2024-01-05 10:20:30-15:59:59',
    '2024-01-05 10:20:30+15:60',
    '2024-01-05 10:20:30+16:00',
    '2024-01-05Z',
    '2024-01-05+02',
    '2024-13-01',
    '2024-00-01',
    '2024-01-00',
    '2024-01-05  10:20:30',
    '2024-01-05 10',
    '2024-01-05T10:20:30,5',
    '1969-12-31 23:59:59.999999',
    '1969-12-31T23:59:59.5',
    '2024-01-05 -10:20:30',
    '2024-01-05 10:20:30ZZ',
    '2024-01-05 10:20:30+123456',
    '2024-01-05 10:20:30+12345',
    '2024-01-05 10:20:30+123',
    '2024-01-05 10:20:30+1:30',
  ],
  jsonb: [
    '',
    ' ',
    'null',
    ' 1 ',
    '01',
    '-0',
    '-0.0',
    '1.0',
    '1.10',
    '1e2',
    '1E-2',
    '1e400',
    '.5',
    '5.',
    '+1',
    'NaN',
    '"a',
    "'a'",
    '"\\u0000"',
    '"\\ud800"',
    '"\\ud83d\\ude00"',
    '"\\ude00\\ud83d"',
    '"\t"',
    '"\\t"',
    '{a:1}',
    '{"a":1,}',
    '[1,]',
    '[]',
    '{}',
    '[[]]',
    '{"a":1,"a":2}',
    '{"b":1,"a":2,"aa":3,"":4}',
    '{"10":1,"9":2,"a":{"2":1,"1":0}}',
    '{"__proto__":{"a":1}}',
    '123456789012345678901234567890.10',
    '1 2',
    'true',
    'True',
    '/* */ 1',
    '\u00a01',
    '\ufeff1',
    '"é"',
    '1e-16383',
    '1e-16384',
    '1e131072',
  ],
}

test.each(Object.keys(edges) as ColumnType[])('edges of %s', async (type) => {
  await expectSame(type, edges[type]!)
})

test('a zone is converted to UTC as by timestamptz where the dialect states so', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(moment, { minLength: 40, maxLength: 60 }), async (given) => {
      const expected = await printed(given, 'timestamptz')
      const actual = given.map((literal) =>
        ours('timestamp', parse('timestamp', literal, converted)),
      )
      expect(given.map((literal, index) => [literal, actual[index]])).toEqual(
        given.map((literal, index) => [literal, expected[index]?.replace('+00', '') ?? null]),
      )
    }),
    { numRuns: 40 },
  )
})

test('timestamps that PostgreSQL takes and this emulator rejects', async () => {
  const literals = ['infinity', 'now', 'epoch', 'Jan 8 1999', '20240105', '2024-001', '24-01-05']
  expect(await printed(literals, 'timestamp')).not.toContain(null)
  expect(literals.map((literal) => parse('timestamp', literal))).toEqual(literals.map(() => null))
})
