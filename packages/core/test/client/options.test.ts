/** Options of every method: the documented ones are accepted, anything else is rejected by its name. */
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { Agent } from 'undici'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  Client,
  type ClientOptions,
  Customers,
  createClient,
  InvalidInputError,
  RecordQuery,
  TableHandle,
} from '../../src/index.ts'
import { Tables } from '../../src/tables.ts'
import { Previews } from '../../src/write/previews.ts'

/** By option, a value that is accepted, and values that are not. */
type Options = Readonly<Record<string, readonly [good: unknown, ...wrong: unknown[]]>>

interface Parts {
  readonly client: Client
  readonly table: TableHandle
  readonly id: string
}

interface Method {
  /** As errors name it. */
  readonly name: string
  readonly options: Options
  readonly required?: readonly string[]
  /** Calls it with these options. */
  readonly call: (parts: Parts, given: never) => unknown
}

const noop = (): void => {}
const COUNT = [3, -1, 1.5, '5', Number.NaN, null] as const
const FROM_ONE = [3, 0, -1, 1.5, '5', Number.NaN] as const
const MILLISECONDS = [10_000, 0, -1, '5', Number.NaN, null, true] as const
const YES = [true, 'yes', 1] as const
const COLUMNS = [['code'], 5, [5], {}] as const

const CALL: Options = {
  signal: [new AbortController().signal, true, {}, 'stop'],
  timeoutMs: MILLISECONDS,
}
const WRITE: Options = { ...CALL, inFlight: FROM_ONE }
const EARLIER = {
  endedAt: 0,
  attempted: () => undefined,
  takenOf: () => new Set<string>(),
  anonymous: () => undefined,
}
const INSERT_ONE: Options = {
  ...CALL,
  key: COLUMNS,
  earlier: [EARLIER, {}, true, { ...EARLIER, takenOf: true }],
}
const UPSERT_ONE: Options = { ...CALL, key: COLUMNS }
const PREVIEW: Options = { ...CALL, limit: COUNT }
const QUERY: Options = {
  where: [{ n: 1 }, 'n = 1', null, [{ n: 1 }]],
  select: [['n'], 'n', null, {}],
  sort: [['n', { column: 'code', direction: 'desc' }], 5, { direction: 'asc' }, { colum: 'n' }],
  limit: COUNT,
  offset: COUNT,
  ahead: COUNT,
}
const CLIENT: Options = {
  userAgent: ['importer/2.1', 5, 'a\r\nx: y', 'café', '\u0000'],
  connections: FROM_ONE,
  concurrency: [{ max: 4, initial: 2 }, 4, { max: -5 }, { initial: Number.NaN }, { mx: 4 }],
  rate: [{ perSecond: 0.5 }, 5, {}, { perSecond: 0 }, { perSecond: '5' }, { persecond: 5 }],
  keepShortPauses: YES,
  attemptTimeoutMs: [...MILLISECONDS, 2 ** 31, Number.POSITIVE_INFINITY],
  timeoutMs: MILLISECONDS,
  connectTimeoutMs: [...MILLISECONDS, 2 ** 31],
  maxAttempts: [...FROM_ONE, Number.POSITIVE_INFINITY],
  maxResponseBytes: FROM_ONE,
  proxyEnvironment: [{}, 'http://proxy', null],
  dispatcher: [new Agent(), Agent, {}, null],
  paceSharing: [{ exchange: noop, leave: noop }, noop, { exchange: noop }, null],
  hooks: [
    { onRequest: noop, onResponse: undefined, onRetry: noop },
    noop,
    { onRequest: 1 },
    { onReqest: noop },
  ],
  logger: [console, noop, { debug: noop }, null],
  onWrite: [{ before: noop, after: noop }, noop, { before: noop }, { before: noop, after: 1 }],
}

const ROW = { code: 'z', n: 9 }

const METHODS: readonly Method[] = [
  { name: 'definition', options: CALL, call: ({ table }, o) => table.definition(o) },
  { name: 'records', options: QUERY, call: ({ table }, o) => table.records(o).toArray() },
  { name: 'records', options: CALL, call: ({ table }, o) => table.records({}, o).toArray() },
  {
    name: 'toArray',
    options: { limit: COUNT },
    call: ({ table }, o) => table.records().toArray(o),
  },
  { name: 'get', options: CALL, call: ({ table, id }, o) => table.get(id, o) },
  { name: 'getMany', options: CALL, call: ({ table, id }, o) => table.getMany([id], o) },
  { name: 'count', options: CALL, call: ({ table }, o) => table.count({ n: 1 }, o) },
  { name: 'insert', options: INSERT_ONE, call: ({ table }, o) => table.insert(ROW, o) },
  {
    name: 'insertMany',
    options: { ...WRITE, ...INSERT_ONE },
    call: ({ table }, o) => table.insertMany([ROW], o),
  },
  {
    name: 'update',
    options: { ...WRITE, all: YES },
    call: ({ table }, o) => table.update({ n: 1 }, { n: 2 }, o),
  },
  { name: 'updateOne', options: CALL, call: ({ table, id }, o) => table.updateOne(id, ROW, o) },
  { name: 'updateById', options: WRITE, call: ({ table, id }, o) => table.updateById(id, ROW, o) },
  {
    name: 'updateMany',
    options: WRITE,
    call: ({ table, id }, o) => table.updateMany([{ id, set: ROW }], o),
  },
  {
    name: 'upsertOne',
    options: UPSERT_ONE,
    required: ['key'],
    call: ({ table }, o) => table.upsertOne(ROW, o),
  },
  {
    name: 'upsert',
    options: { ...WRITE, ...UPSERT_ONE },
    required: ['key'],
    call: ({ table }, o) => table.upsert([ROW], o),
  },
  {
    name: 'delete',
    options: { ...WRITE, all: YES },
    call: ({ table }, o) => table.delete({ n: 1 }, o),
  },
  { name: 'deleteOne', options: CALL, call: ({ table, id }, o) => table.deleteOne(id, o) },
  { name: 'deleteById', options: WRITE, call: ({ table, id }, o) => table.deleteById(id, o) },
  {
    name: 'preview.insert',
    options: PREVIEW,
    call: ({ table }, o) => table.preview.insert([ROW], o),
  },
  {
    name: 'preview.update',
    options: { ...PREVIEW, all: YES },
    call: ({ table }, o) => table.preview.update({ n: 1 }, ROW, o),
  },
  {
    name: 'preview.updateById',
    options: PREVIEW,
    call: ({ table, id }, o) => table.preview.updateById(id, ROW, o),
  },
  {
    name: 'preview.updateMany',
    options: PREVIEW,
    call: ({ table, id }, o) => table.preview.updateMany([{ id, set: ROW }], o),
  },
  {
    name: 'preview.matching',
    options: { ...CALL, all: YES },
    call: ({ table }, o) => table.preview.matching({ n: 1 }, o).next(),
  },
  {
    name: 'preview.ofIds',
    options: CALL,
    call: ({ table, id }, o) => table.preview.ofIds([id], o).next(),
  },
  {
    name: 'preview.upsert',
    options: { ...PREVIEW, key: COLUMNS },
    required: ['key'],
    call: ({ table }, o) => table.preview.upsert([ROW], o),
  },
  {
    name: 'preview.delete',
    options: { ...PREVIEW, all: YES },
    call: ({ table }, o) => table.preview.delete({ n: 1 }, o),
  },
  {
    name: 'preview.deleteById',
    options: PREVIEW,
    call: ({ table, id }, o) => table.preview.deleteById(id, o),
  },
  { name: 'tables.list', options: CALL, call: ({ client }, o) => client.tables.list(o) },
  { name: 'tables.get', options: CALL, call: ({ client }, o) => client.tables.get('t', o) },
  {
    name: 'tables.definition',
    options: CALL,
    call: ({ client }, o) => client.tables.definition('t', o),
  },
  {
    name: 'tables.getById',
    options: CALL,
    call: ({ client }, o) => client.tables.getById(emulator.tables.list()[0]?.id ?? '', o),
  },
  {
    name: 'customers.list',
    options: { limit: COUNT, page: FROM_ONE },
    call: ({ client }, o) => client.customers.list(o),
  },
  {
    name: 'customers.list',
    options: CALL,
    call: ({ client }, o) => client.customers.list({}, o),
  },
  {
    name: 'probe',
    options: {
      ...CALL,
      table: ['t', 5, ''],
      scratchTable: ['t', true, ''],
      recorder: [{ onExchange: noop, onFinding: noop }, {}, noop],
    },
    call: ({ client }, o) => client.probe(o),
  },
  {
    name: 'table',
    options: { version: ['LIVE', 'live', 5, null] },
    call: ({ client }, o) => client.table('t', o),
  },
  {
    name: 'createClient',
    options: CLIENT,
    call: (_, o) => createClient({ ...connection(), ...(o as object) }).close(),
  },
]

let emulator: Emulator
let parts: Parts

function connection(): ClientOptions {
  const { url: baseUrl, token, teamId, botId } = emulator
  return { baseUrl, token, teamId, botId }
}

function firstId(): string {
  return emulator.tables.records('t')[0]?.id ?? ''
}

beforeAll(async () => {
  const columns = [
    { name: 'code', type: 'text' },
    { name: 'n', type: 'int' },
    { name: 'spare', type: 'text' },
  ]
  const records = Array.from({ length: 3 }, (_, n) => ({ code: `c${n}`, n }))
  emulator = await startEmulator({ tables: [{ name: 't', columns, records }] })
})
afterAll(() => emulator.close())
beforeEach(() => {
  emulator.reset()
  const client = createClient(connection())
  parts = { client, table: client.table('t'), id: firstId() }
  return () => client.close()
})

/** Throws and rejects alike. */
async function run({ call }: Method, given: unknown): Promise<unknown> {
  return await call(parts, given as never)
}

async function errorOf(method: Method, given: unknown): Promise<InvalidInputError> {
  const result = await run(method, given).catch((error: unknown) => error)
  expect(result, JSON.stringify(given)).toBeInstanceOf(InvalidInputError)
  return result as InvalidInputError
}

/** The required options, with values that are accepted. */
function needed({ options, required = [] }: Method): Record<string, unknown> {
  return Object.fromEntries(required.map((name) => [name, options[name]?.[0]]))
}

/** Names that are one typing error away. */
function misspelled(name: string): string[] {
  return [`${name}s`, name.slice(0, -1), name.toUpperCase(), `${name[1]}${name[0]}${name.slice(2)}`]
}

describe.each(METHODS.map((method) => [method.name, method] as const))('%s', (name, method) => {
  const options = Object.entries(method.options)

  test.each(options)('takes %s, or undefined', async (option, [good]) => {
    for (const value of method.required?.includes(option) ? [good] : [good, undefined]) {
      emulator.reset()
      parts = { ...parts, id: firstId() }
      await run(method, { ...needed(method), [option]: value })
    }
  })

  test.each(options)('rejects a misspelled %s, and names it', async (option) => {
    for (const wrong of misspelled(option)) {
      if (wrong in method.options) continue
      const given = { ...needed(method), [wrong]: method.options[option]?.[0] }
      if (method.required?.includes(option)) delete given[option]
      const { message, field, hint } = await errorOf(method, given)
      const beginning = `unknown option "${wrong}" of ${name}; did you mean "`
      expect(message.slice(0, beginning.length)).toBe(beginning)
      if (!/^(?:all?|key?)/i.test(option)) expect(message).toBe(`${beginning}${option}"?`)
      expect(field).toBe(wrong)
      expect(hint).toContain(option)
    }
  })

  test.each(options)('rejects a wrong %s', async (option, [, ...wrong]) => {
    for (const value of wrong) {
      const { message, field } = await errorOf(method, { ...needed(method), [option]: value })
      expect(field?.split(/[.[]/)[0]).toBe(option)
      expect(message).toContain(`of ${name}`)
      expect(message).toContain(option)
    }
  })

  test('rejects what is not an object of options, and an unknown name', async () => {
    if (name === 'createClient') return
    for (const given of [null, 'text', 5, [], () => {}]) {
      const { message } = await errorOf(method, given)
      expect(message).toMatch(`the options of ${name} must be an object, not `)
    }
    const { message, hint } = await errorOf(method, { ...needed(method), '~~~~~~': 1 })
    expect(message).toBe(`unknown option "~~~~~~" of ${name}`)
    expect(hint).toContain(`Options of ${name}: ${options[0]?.[0]}`)
    await run(method, { ...needed(method), unheardOf: undefined })
  })

  test.each(method.required ?? [])('needs %s', async (option) => {
    const missing = { message: `the option "${option}" of ${name} is missing`, field: option }
    for (const given of [undefined, {}, { [option]: undefined }]) {
      expect(await errorOf(method, given)).toMatchObject(missing)
    }
  })
})

test('every method that takes options is in this list', () => {
  const known = new Set(METHODS.map(({ name }) => name))
  const without = [
    'constructor',
    'read',
    'find',
    'gatewayMoment',
    'whenMade',
    'clockOffsetMs',
    'stats',
    'useDialect',
    'close',
  ]
  const lazy = ['pages', 'first', 'explain', 'count']
  for (const [prefix, { prototype }, others] of [
    ['', TableHandle, without],
    ['', RecordQuery, [...without, ...lazy]],
    ['preview.', Previews, without],
    ['tables.', Tables, without],
    ['customers.', Customers, without],
    ['', Client, without],
  ] as const) {
    const methods = Object.entries(Object.getOwnPropertyDescriptors(prototype))
      .filter(([name, { value }]) => typeof value === 'function' && !others.includes(name))
      .map(([name]) => prefix + name)
    expect(methods.filter((name) => !known.has(name))).toEqual([])
  }
})

test('a dialect that was learned before is taken over, and an invalid one is not', () => {
  const client = createClient({ baseUrl: emulator.url, teamId: 't', botId: 'b', token: 'u:p' })
  client.useDialect({ nullEncoding: 'word' })
  expect(client.dialect.nullEncoding).toBe('word')
  expect(() => client.useDialect({ nullEncoding: 'x' } as never)).toThrow('nullEncoding')
  expect(() => client.useDialect({ other: 1 } as never)).toThrow('other')
  expect(client.dialect.nullEncoding).toBe('word')
})

test('what is inside an option is named by its place', async () => {
  const method = METHODS.find(({ name }) => name === 'createClient') as Method
  const wrong: [object, string][] = [
    [{ rate: {} }, 'the option "rate.perSecond" of createClient is missing'],
    [
      { concurrency: { maxx: 1 } },
      'unknown option "concurrency.maxx" of createClient; did you mean "concurrency.max"?',
    ],
    [
      { hooks: { onrequest: noop } },
      'unknown option "hooks.onrequest" of createClient; did you mean "hooks.onRequest"?',
    ],
    [{ logger: {} }, 'logger of createClient must be an object with the functions debug, info'],
  ]
  for (const [given, message] of wrong) {
    expect((await errorOf(method, given)).message).toContain(message)
  }
  expect((await errorOf(method, { tokn: emulator.token })).message).not.toContain(emulator.token)
})

test('options may be inherited, and a text in their place is not shown', async () => {
  const method = METHODS.find(({ name }) => name === 'get') as Method
  await run(method, Object.create({ timeoutMs: 10_000 }))
  const { message } = await errorOf(method, Object.create({ timeoutMS: 10_000 }))
  expect(message).toContain('"timeoutMS"')
  expect((await errorOf(method, 'user:password')).message).not.toContain('password')
})

test('rows that cannot be iterated, and a table without a name, are rejected', async () => {
  const { client, table } = parts
  const rows = { name: 'InvalidInputError', message: 'the rows must be iterable, not an object' }
  await expect(table.insertMany(ROW as never)).rejects.toMatchObject(rows)
  await expect(table.upsert(ROW as never, { key: 'n' })).rejects.toMatchObject(rows)
  await expect(table.updateMany(undefined as never)).rejects.toThrow(InvalidInputError)
  for (const name of ['', undefined, 5]) {
    expect(() => client.table(name as never)).toThrow(InvalidInputError)
  }
})
