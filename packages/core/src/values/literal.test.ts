import type { ColumnType } from '@chatlayer-tables/contract'
import { describe, expect, test } from 'vitest'
import { InvalidInputError } from '../errors.ts'
import { MAX_JSON_DEPTH, parseJson } from './json.ts'
import { encodeText, placeOf } from './literal.ts'

const raw = (text: string): unknown => (parseJson(`[${text}]`) as unknown[])[0]

const UUID = '123e4567-e89b-12d3-a456-426614174000'

test.each<[ColumnType | undefined, unknown, string]>([
  ['text', '', ''],
  ['text', 'null', 'null'],
  ['text', ' 00M ', ' 00M '],
  ['text', 'nul \0 and 👩‍👩‍👧', 'nul \0 and 👩‍👩‍👧'],
  ['int', 0, '0'],
  ['int', -0, '0'],
  ['int', -7, '-7'],
  ['int', 9007199254740991, '9007199254740991'],
  ['int', 9223372036854775807n, '9223372036854775807'],
  ['int', '9223372036854775807', '9223372036854775807'],
  ['int', '+5', '5'],
  ['int', '-007', '-7'],
  ['numeric', 0.1, '0.1'],
  ['numeric', -89.23450472, '-89.23450472'],
  ['numeric', 1e21, '1000000000000000000000'],
  ['numeric', 1e-7, '0.0000001'],
  ['numeric', 12n, '12'],
  ['numeric', '12.50', '12.50'],
  ['numeric', '1.5e3', '1500'],
  ['numeric', '0.1000000000000000000000000001', '0.1000000000000000000000000001'],
  ['numeric', raw('1.2345678901234567890'), '1.2345678901234567890'],
  ['numeric', 'NaN', 'NaN'],
  ['bool', true, 'true'],
  ['bool', false, 'false'],
  ['bool', 'true', 'true'],
  ['bool', 'false', 'false'],
  ['uuid', UUID, UUID],
  ['uuid', UUID.toUpperCase(), UUID],
  ['uuid', UUID.replaceAll('-', ''), UUID],
  ['uuid', `{${UUID}}`, UUID],
  ['timestamp', new Date('2024-01-31T09:30:00Z'), '2024-01-31T09:30:00.000Z'],
  ['timestamp', '2024-01-31T09:30:00.123456+02:00', '2024-01-31T07:30:00.123456Z'],
  ['timestamp', '2024-01-31', '2024-01-31T00:00:00.000Z'],
  ['jsonb', 'text', '"text"'],
  ['jsonb', 5, '5'],
  ['jsonb', false, 'false'],
  ['jsonb', [], '[]'],
  ['jsonb', { a: [1n, null, { b: 'c' }] }, '{"a":[1,null,{"b":"c"}]}'],
  [
    'jsonb',
    { big: 9007199254740993n, exact: raw('0.10000000000000000001') },
    '{"big":9007199254740993,"exact":0.10000000000000000001}',
  ],
  [
    'jsonb',
    Object.fromEntries([
      ['__proto__', 1],
      ['', 2],
    ]),
    '{"__proto__":1,"":2}',
  ],
  ['jsonb', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
  ['jsonb', raw('null'), 'null'],
  [undefined, 'as it is', 'as it is'],
  [undefined, 5, '5'],
  [undefined, [1, 'a'], '[1,"a"]'],
])('%s: %o is written %j', (type, value, text) => {
  expect(encodeText(value, type, 'values.x')).toBe(text)
})

const refused: [ColumnType | undefined, unknown, RegExp][] = [
  ['text', 5, /takes a string, not a number/],
  ['text', true, /not a boolean/],
  ['text', 5n, /not a bigint/],
  ['text', {}, /not an object/],
  ['text', new Date(0), /not a Date/],
  ['text', undefined, /not undefined/],
  ['text', 'cut \ud83d', /lone surrogate/],
  ['int', 1.5, /not a fraction/],
  ['int', Number.NaN, /not NaN/],
  ['int', Number.POSITIVE_INFINITY, /not Infinity/],
  ['int', 9007199254740992, /beyond 2\^53/],
  ['int', '', /not an empty string/],
  ['int', ' 5', /not this string/],
  ['int', '1e3', /not this string/],
  ['int', '5.0', /not this string/],
  ['int', true, /not a boolean/],
  ['numeric', Number.NaN, /not NaN/],
  ['numeric', Number.NEGATIVE_INFINITY, /not -Infinity/],
  ['numeric', 'Infinity', /not this string/],
  ['numeric', '1,5', /not this string/],
  ['numeric', '', /not an empty string/],
  ['numeric', '1e999999', /not this string/],
  ['numeric', null, /not null/],
  ['bool', 1, /true or false, not a number/],
  ['bool', 'yes', /not this string/],
  ['bool', 'TRUE', /not this string/],
  ['uuid', 'x', /hexadecimal/],
  ['uuid', `{${UUID}`, /hexadecimal/],
  ['uuid', `${UUID}0`, /hexadecimal/],
  ['uuid', 5, /not a number/],
  ['timestamp', '2024-02-30', /day that does not exist/],
  ['timestamp', new Date(Number.NaN), /invalid Date/],
  ['timestamp', 1706693400000, /Date or an ISO 8601 string, not a number/],
  ['jsonb', undefined, /JSON cannot express/],
  ['jsonb', { a: undefined }, /^values\.x\.a: JSON cannot express/],
  ['jsonb', { a: [() => 1] }, /^values\.x\.a\[0\]: JSON cannot express/],
  // biome-ignore lint/suspicious/noSparseArray: a hole is what is rejected
  ['jsonb', [1, , 2], /^values\.x\[1\]: JSON cannot express/],
  ['jsonb', { a: Number.NaN }, /not NaN/],
  ['jsonb', new Date(0), /plain objects and arrays, not a Date/],
  ['jsonb', new Map(), /plain objects/],
  ['jsonb', { 'my key': 'cut \udc00' }, /^values\.x\["my key"\]: .*lone surrogate/],
  ['jsonb', { '\ud800': 1 }, /lone surrogate/],
  ['jsonb', Symbol('x'), /not a symbol/],
  [undefined, 'cut \ud83d', /lone surrogate/],
  [undefined, undefined, /JSON cannot express/],
]

describe('rejections', () => {
  test.each(refused)('%s: %o', (type, value, message) => {
    const attempt = () => encodeText(value, type, 'values.x')
    expect(attempt).toThrow(InvalidInputError)
    expect(attempt).toThrow(message)
    expect(attempt).toThrow(expect.objectContaining({ field: expect.stringMatching(/^values\.x/) }))
  })

  test('a cycle is rejected, not followed', () => {
    const cycle: unknown[] = []
    cycle.push(cycle)
    expect(() => encodeText(cycle, 'jsonb', 'values.x')).toThrow(/cycle/)
  })

  test('JSON nested deeper than can be written is rejected', () => {
    const nest = (depth: number): unknown => {
      let value: unknown = 'x'
      for (let level = 0; level < depth; level += 1) value = { a: value }
      return value
    }
    expect(encodeText(nest(MAX_JSON_DEPTH), 'jsonb', 'v')).toContain('"x"')
    expect(() => encodeText(nest(MAX_JSON_DEPTH + 1), 'jsonb', 'v')).toThrow(InvalidInputError)
  })

  test('no message repeats the value', () => {
    const secrets: [ColumnType, unknown][] = [
      ['int', 'hunter2'],
      ['numeric', 'hunter2'],
      ['uuid', 'hunter2'],
      ['bool', 'hunter2'],
      ['timestamp', 'hunter2'],
      ['text', { hunter2: 1 }],
      ['text', 'hunter2\ud800'],
    ]
    for (const [type, value] of secrets) {
      try {
        encodeText(value, type, 'values.x')
        expect.unreachable()
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidInputError)
        const { message, hint } = error as InvalidInputError
        expect(`${message} ${hint}`).not.toContain('hunter2')
      }
    }
  })

  test('hints state what to write instead', () => {
    expect(() => encodeText(5, 'text', 'v')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('String(value)') }),
    )
    expect(() => encodeText(2 ** 53, 'int', 'v')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('bigint') }),
    )
    expect(() => encodeText({ at: new Date(0) }, 'jsonb', 'v')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('toISOString') }),
    )
  })
})

test.each([
  ['phone', 'values.phone'],
  ['naïve_2', 'values.naïve_2'],
  ['my column', 'values["my column"]'],
  ['', 'values[""]'],
  ['2nd', 'values["2nd"]'],
  ['a"b', 'values["a\\"b"]'],
])('the place of %j is %s', (name, place) => {
  expect(placeOf('values', name)).toBe(place)
})
