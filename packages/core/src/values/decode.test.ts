import type { Table } from '@chatlayer-tables/contract'
import { describe, expect, test } from 'vitest'
import { decodeRecord, decoderOf, decodeValue } from './decode.ts'
import { parseJson } from './json.ts'

const raw = (text: string): unknown => (parseJson(`[${text}]`) as unknown[])[0]

describe('decodeValue', () => {
  test.each([
    ['int', 5, 5],
    ['int', '5', 5],
    ['int', '-007', -7],
    ['int', '+7', 7],
    ['int', '9007199254740993', 9007199254740993n],
    ['int', 9007199254740993n, 9007199254740993n],
    ['int', 7n, 7],
    ['int', 1e20, 100000000000000000000n],
    ['numeric', '12.50', '12.50'],
    ['numeric', 12.5, '12.5'],
    ['numeric', 1e21, '1000000000000000000000'],
    ['numeric', 9007199254740993n, '9007199254740993'],
    ['numeric', raw('1.2345678901234567890'), '1.2345678901234567890'],
    ['numeric', '1e3', '1000'],
    ['numeric', 'NaN', 'NaN'],
    ['bool', true, true],
    ['bool', 'true', true],
    ['bool', 't', true],
    ['bool', 'false', false],
    ['bool', 'f', false],
    ['timestamp', '2024-01-31T09:30:00Z', '2024-01-31T09:30:00.000Z'],
    ['timestamp', '2024-01-31 09:30:00', '2024-01-31T09:30:00.000Z'],
    ['timestamp', '2024-01-31T09:30:00.123456+02:00', '2024-01-31T07:30:00.123456Z'],
    ['text', 'x', 'x'],
    ['text', '5', '5'],
    ['uuid', 'ABC', 'ABC'],
    ['jsonb', '{"a":1}', '{"a":1}'],
  ] as const)('%s: %o reads as %o', (type, wire, value) => {
    expect(decodeValue(wire, type)).toStrictEqual(value)
  })

  test.each([
    ['int', 1.5],
    ['int', 'many'],
    ['int', ''],
    ['int', true],
    ['numeric', 'a lot'],
    ['numeric', 'Infinity'],
    ['numeric', { amount: 1 }],
    ['bool', 1],
    ['bool', 'yes'],
    ['timestamp', 'infinity'],
    ['timestamp', '2024-02-30'],
    ['timestamp', 1706693400000],
    ['timestamp', '2024-01-31T09:30:00.1234567Z'],
    ['text', 5],
    ['uuid', 5],
    [undefined, { any: ['thing'] }],
  ] as const)('%s: the odd %o passes through unchanged', (type, wire) => {
    expect(decodeValue(wire, type)).toBe(wire)
  })

  test('minus zero is zero', () => {
    expect(Object.is(decodeValue(-0, 'int'), 0)).toBe(true)
  })

  test.each(['int', 'numeric', 'bool', 'timestamp', 'text', 'uuid', 'jsonb', undefined] as const)(
    '%s: null is null',
    (type) => {
      expect(decodeValue(null, type)).toBeNull()
      expect(decodeValue(undefined, type)).toBeNull()
    },
  )
})

describe('decodeRecord', () => {
  const table: Table = {
    id: 't1',
    name: 'odd',
    columns: ['b', '__proto__', 'constructor', 'toString', '', 'a'].map((name) => ({
      name,
      type: 'int',
    })),
  }

  test('returns own properties for any column name, in the order of the columns', () => {
    const wire = parseJson(
      '{"id":"r1","createdAt":"2024-01-01T00:00:00Z","updatedAt":"2024-01-02T00:00:00Z","values":{"a":"1","b":2,"__proto__":"3","constructor":4,"toString":5,"":6}}',
    )
    const record = decodeRecord(wire as never, decoderOf(table))
    expect(Object.entries(record.values)).toEqual([
      ['b', 2],
      ['__proto__', 3],
      ['constructor', 4],
      ['toString', 5],
      ['', 6],
      ['a', 1],
    ])
    expect(Object.getPrototypeOf(record.values)).toBe(Object.prototype)
    expect(record).toMatchObject({
      id: 'r1',
      createdAt: '2024-01-01T00:00:00Z',
      updatedAt: '2024-01-02T00:00:00Z',
    })
  })

  test('a column that the wire omitted is null, never what a prototype has', () => {
    const record = decodeRecord({ id: 'r1', values: {} }, decoderOf(table))
    expect(Object.values(record.values)).toEqual([null, null, null, null, null, null])
    expect(record.createdAt).toBe('')
    expect(record.updatedAt).toBe('')
  })

  test('what the table does not list is kept as it came', () => {
    const values = parseJson('{"new column":"5","__proto__":{"polluted":true}}') as Record<
      string,
      unknown
    >
    const bare: Table = { id: 't2', name: 'bare', columns: [] }
    const record = decodeRecord({ id: 'r1', values }, decoderOf(bare))
    expect(Object.entries(record.values)).toEqual([
      ['new column', '5'],
      ['__proto__', { polluted: true }],
    ])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test('the decoder is prepared once per table', () => {
    expect(decoderOf(table)).toBe(decoderOf(table))
  })
})

describe('a record with the table’s columns in their order', () => {
  const types = ['text', 'int', 'numeric', 'bool', 'timestamp', 'uuid', 'jsonb', 'geography']
  const table: Table = {
    id: 't',
    botId: 'b',
    name: 't',
    columns: types.map((type) => ({ name: `a ${type}`, type })),
  } as Table

  const wire = () => ({
    'a text': '007',
    'a int': '7',
    'a numeric': 12.5,
    'a bool': 't',
    'a timestamp': '2024-01-31 09:30:00',
    'a uuid': 'ABC',
    'a jsonb': { deep: ['1e3'] },
    'a geography': '1e3',
  })
  const read = {
    ...wire(),
    'a int': 7,
    'a numeric': '12.5',
    'a bool': true,
    'a timestamp': '2024-01-31T09:30:00.000Z',
  }

  test('is decoded in place', () => {
    const values = wire()
    const record = decodeRecord({ id: 'r', values }, decoderOf(table))
    expect(record.values).toStrictEqual(read)
    expect(record.values).toBe(values)
  })

  test('and in another order is brought into it', () => {
    const values = Object.fromEntries(Object.entries(wire()).reverse())
    const record = decodeRecord({ id: 'r', values }, decoderOf(table))
    expect(record.values).toStrictEqual(read)
    expect(Object.keys(record.values)).toEqual(Object.keys(read))
  })

  test('and more behind them keeps these', () => {
    const record = decodeRecord({ id: 'r', values: { ...wire(), more: 1 } }, decoderOf(table))
    expect(record.values).toStrictEqual({ ...read, more: 1 })
  })

  test('and the last one missing gets null there', () => {
    const { 'a geography': _, ...values } = wire()
    const record = decodeRecord({ id: 'r', values }, decoderOf(table))
    expect(record.values).toStrictEqual({ ...read, 'a geography': null })
  })

  test('has one decoder, made once', () => {
    expect(decoderOf(table)).toBe(decoderOf(table))
  })
})
