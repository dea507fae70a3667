/** What goes in as text comes out as JSON, exactly. Comparisons and literals: `postgres.test.ts`. */
import { expect, test } from 'vitest'
import { column, insert, select, start } from './support.ts'

/** A value as it is sent and the JSON text that comes back for it. */
const values: [type: string, sent: string, answered: string][] = [
  ['text', '', '""'],
  ['text', ' a\n"b" ', '" a\\n\\"b\\" "'],
  ['text', '007', '"007"'],
  ['text', 'a\0b\u0001\u0001\u0002', '"a\\u0000b\\u0001\\u0001\\u0002"'],
  ['text', '😀\uffff', '"😀\uffff"'],
  ['int', '42', '42'],
  ['int', ' +0042 ', '42'],
  ['int', '9007199254740993', '9007199254740993'],
  ['int', '-9223372036854775808', '-9223372036854775808'],
  ['numeric', '-89.23450472', '"-89.23450472"'],
  ['numeric', '1.50', '"1.50"'],
  ['numeric', '12345678901234567890.123456789', '"12345678901234567890.123456789"'],
  ['numeric', '1e3', '"1000"'],
  ['numeric', 'nan', '"NaN"'],
  ['numeric', '-inf', '"-Infinity"'],
  ['uuid', '{A0EEBC999C0B4EF8BB6D6BB9BD380A11}', '"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"'],
  ['bool', 'Yes', 'true'],
  ['bool', 'f', 'false'],
  ['timestamp', '2026-01-31', '"2026-01-31T00:00:00.000Z"'],
  ['timestamp', '2026-01-31T12:30:00+01:30', '"2026-01-31T11:00:00.000Z"'],
  ['timestamp', '2026-01-31 12:30:00.000001', '"2026-01-31T12:30:00.000001Z"'],
  ['timestamp', '0001-01-01 00:00:00.5Z', '"0001-01-01T00:00:00.500Z"'],
  ['jsonb', 'null', 'null'],
  ['jsonb', ' "text" ', '"text"'],
  ['jsonb', '{"b": 1, "a": [1.0, 1e2, {"x": null}]}', '{"a":[1.0,100,{"x":null}],"b":1}'],
  ['jsonb', '{"big": 12345678901234567890123, "big": 2}', '{"big":2}'],
  ['jsonb', '{"__proto__":{"a":12345678901234567890}}', '{"__proto__":{"a":12345678901234567890}}'],
]

test.each(values)('%s %j is answered as %s', async (type, sent, answered) => {
  const emulator = await start({ tables: [{ name: 't', columns: [{ name: 'a', type }] }] })
  const answer = await insert(emulator, 't', { a: sent })
  expect(answer.status).toBe(200)
  expect(answer.text).toContain(`"values":{"a":${answered}}`)
  const found = await select(emulator, 't', 'a', type, 'eq', sent)
  expect(found.text).toContain(`"values":{"a":${answered}}`)
})

test.each([
  ['int', '9223372036854775808'],
  ['int', '1.0'],
  ['int', ''],
  ['numeric', '1,5'],
  ['numeric', ''],
  ['uuid', 'a0eebc99'],
  ['bool', 'maybe'],
  ['bool', ''],
  ['timestamp', '2026-02-30'],
  ['timestamp', 'infinity'],
  ['timestamp', ''],
  ['jsonb', '{a:1}'],
  ['jsonb', ''],
  ['jsonb', '"\\u0000"'],
  ['jsonb', '"\\ud800"'],
])('%s %j is rejected, as a value and as a filter', async (type, literal) => {
  const emulator = await start({ tables: [{ name: 't', columns: [{ name: 'a', type }] }] })
  const refused = { message: expect.stringContaining('column "a": '), statusCode: 400 }
  expect((await insert(emulator, 't', { a: literal })).json).toMatchObject(refused)
  expect((await select(emulator, 't', 'a', type, 'eq', literal)).json).toMatchObject(refused)
  expect(emulator.tables.count('t')).toBe(0)
})

test('a lone surrogate is not a text', async () => {
  const emulator = await start({ tables: [{ name: 't', columns: [{ name: 'a', type: 'text' }] }] })
  const answer = await insert(emulator, 't', { a: 'a\ud800' })
  expect(answer.json).toMatchObject({
    message: 'column "a": invalid text: a lone surrogate is not a Unicode character',
  })
})

test.each([
  ['text', 'b', ['a', 'a\0', 'a\u0001', 'B', 'é', '😀', '\uffff'], ['é', '😀', '\uffff']],
  ['int', '9007199254740991', ['9007199254740992', '9', '-1'], [9007199254740992]],
  [
    'numeric',
    '0.1',
    ['0.10', '0.1000000000000000000000001', '-5', '1e2', 'NaN'],
    ['0.1000000000000000000000001', '100', 'NaN'],
  ],
  ['bool', 'false', ['true', 'false'], [true]],
  [
    'timestamp',
    '2026-01-01T00:00:00Z',
    ['2026-01-01 01:00+01', '2026-01-01 01:00', '2025-12-31'],
    ['2026-01-01T01:00:00.000Z'],
  ],
  ['jsonb', '1', ['1.0', '"z"', '[]', '2', '[0]', '{}', 'true'], [2, [0], {}, true]],
])('%s is ordered by its meaning', async (type, bound, stored, greater) => {
  const emulator = await start({
    tables: [{ name: 't', columns: [{ name: 'a', type }] }],
  })
  for (const literal of stored) await insert(emulator, 't', { a: literal })
  expect(column(await select(emulator, 't', 'a', type, 'gt', bound), 'a')).toEqual(greater)
})

test('jsonb is equal by its meaning', async () => {
  const emulator = await start({ tables: [{ name: 't', columns: [{ name: 'a', type: 'jsonb' }] }] })
  await insert(emulator, 't', { a: '{"a":1,"b":[2.50]}' })
  const found = async (literal: string) =>
    column(await select(emulator, 't', 'a', 'jsonb', 'eq', literal), 'a').length
  expect(await found('{"b":[25e-1],"a":0,"a":1.0}')).toBe(1)
  expect(await found('{"b":[2.5]}')).toBe(0)
  expect(await found('{"b":["2.5"],"a":1}')).toBe(0)
})

test('jsonb may be nested deeper than the stack is', async () => {
  const emulator = await start({ tables: [{ name: 't', columns: [{ name: 'a', type: 'jsonb' }] }] })
  const nested = (depth: number) => `${'[{"k":'.repeat(depth / 2)}1.50${'}]'.repeat(depth / 2)}`
  for (const depth of [600, 100_000]) {
    const literal = nested(depth)
    expect((await insert(emulator, 't', { a: literal })).status).toBe(200)
    const found = column(await select(emulator, 't', 'a', 'jsonb', 'eq', literal), 'a')
    expect(found).toHaveLength(1)
  }
})
