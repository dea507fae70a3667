/**
 * Every value of every dialect setting, in the emulator and in a client that knows of it, and in the
 * emulator alone: what a write states it did is what it did.
 */
import { type Dialect, type DialectInput, dialectSettings } from '@chatlayer-tables/contract'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ChatlayerError, type Outcome, type TableHandle, type Values } from '../../src/index.ts'
import { collect, connect } from './support.ts'

const COLUMNS = [
  { name: 'n', type: 'int' },
  { name: 'name', type: 'text' },
  { name: 'note', type: 'text' },
  { name: 'price', type: 'numeric' },
  { name: 'open', type: 'bool' },
  { name: 'at', type: 'timestamp' },
  { name: 'ref', type: 'uuid' },
  { name: 'extra', type: 'jsonb' },
]
const UUID = '0190b8a0-0000-7000-8000-000000000001'
const SEEDS = Array.from({ length: 12 }, (_, n) => ({
  n,
  name: `name ${n % 4}`,
  note: n % 3 === 0 ? null : `note ${n}`,
  price: '1.50',
  open: n % 2 === 0,
  at: '2024-01-31T09:30:00.000Z',
  ref: UUID,
  extra: { tags: [n] },
}))

/** The values that a setting may take. */
const VALUES: { [K in keyof Dialect]: readonly Dialect[K][] } = {
  filterCombination: ['and', 'or'],
  emptyFilter: ['all', 'none', 'refused'],
  versions: ['separate', 'shared'],
  idFilter: ['uuid', 'text', 'none'],
  timestampFilter: ['none', 'camel', 'snake'],
  numericForm: ['string', 'number'],
  intForm: ['number', 'string'],
  errorMessageForm: ['string', 'array'],
  timestampZone: ['converted', 'dropped'],
  listEncoding: ['unknown', 'json', 'comma', 'postgres'],
  nullEncoding: ['omit', 'empty', 'word', 'json'],
  pageOrder: ['unknown', 'stable', 'unstable'],
  maxSelectLimit: [5, 100, 1_000],
  insertAnswer: ['unknown', 'record', 'none'],
  changeAnswer: ['unknown', 'records', 'count', 'none'],
  unknownColumn: ['unknown', 'refused', 'ignored'],
  nulInText: ['kept', 'refused'],
  timestampPrecision: ['microseconds', 'milliseconds', 'seconds'],
}

test('no setting is omitted', () => {
  expect(Object.keys(VALUES).toSorted()).toEqual(Object.keys(dialectSettings).toSorted())
})

type Held = Record<string, unknown>

/** The records as the emulator holds them, by id. */
function heldBy(emulator: Emulator): Map<string, Held> {
  return new Map(emulator.tables.records('t').map(({ id, values }) => [id, { ...values }]))
}

const BLANK = Object.fromEntries(COLUMNS.map(({ name }) => [name, null]))

/** Carries the outcomes out on what was held before, and compares with what is held now. */
function check(
  before: Map<string, Held>,
  outcomes: readonly Outcome<unknown>[],
  after: Map<string, Held>,
  written: (row: unknown) => Values,
): void {
  const expected = new Map(before)
  const inserted: Held[] = []
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') continue
    expect(outcome.status).toBe('ok')
    if (outcome.status !== 'ok') continue
    const { change, id = '', row } = outcome
    // What the gateway stored otherwise than it was sent is part of the outcome.
    const stored = Object.fromEntries((outcome.stored ?? []).map((d) => [d.column, d.stored]))
    if (change === 'inserted') inserted.push({ ...BLANK, ...written(row), ...stored })
    else if (change === 'deleted') expected.delete(id)
    else expected.set(id, { ...before.get(id), ...written(row), ...stored })
  }
  for (const [id, values] of expected) expect(after.get(id)).toEqual(values)
  const added = [...after].filter(([id]) => !expected.has(id)).map(([, values]) => values)
  const byName = (a: Held, b: Held): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)
  expect(added.toSorted(byName)).toEqual(inserted.toSorted(byName))
}

const NEW_ROWS: readonly Values[] = [
  { n: 100, name: 'new', note: null, price: '0.10', open: true, extra: { a: null } },
  { n: 101, name: 'null', at: '2024-02-29T12:00:00.123456Z' },
  { n: 102, name: '', note: ' ' },
  { n: 103, ref: UUID, extra: [1, 2.5] },
  { n: 9007199254740991, price: '-12345678901234567890.123456789', name: 'a\0b' },
]

interface Case {
  readonly run: (table: TableHandle, ids: readonly string[]) => AsyncIterable<Outcome<unknown>>
  readonly written?: (row: unknown) => Values
}

const asRow = (row: unknown): Values => row as Values

const CASES: Record<string, Case> = {
  insertMany: { run: (table) => table.insertMany(NEW_ROWS), written: asRow },
  update: {
    run: (table) => table.update({ name: 'name 1', open: false }, { note: 'hit', price: '7' }),
    written: () => ({ note: 'hit', price: '7' }),
  },
  'update of one condition': {
    run: (table) => table.update({ n: { gte: 4 } }, { name: '', note: 'null' }),
    written: () => ({ name: '', note: 'null' }),
  },
  'update, not filterable': {
    run: (table) => table.update({ note: { contains: '1' } }, { price: '8' }),
    written: () => ({ price: '8' }),
  },
  'update of all': {
    run: (table) => table.update({}, { price: '9' }, { all: true }),
    written: () => ({ price: '9' }),
  },
  'update to null': {
    run: (table) => table.update({ n: { lt: 5 } }, { note: null }),
    written: () => ({ note: null }),
  },
  updateById: {
    run: (table, ids) => table.updateById([...ids.slice(0, 4), UUID], { note: 'by id' }),
    written: () => ({ note: 'by id' }),
  },
  updateMany: {
    run: (table, ids) =>
      table.updateMany(ids.slice(2, 6).map((id, n) => ({ id, set: { n: 50 + n } }))),
    written: (row) => (row as { set: Values }).set,
  },
  upsert: {
    run: (table) =>
      table.upsert(
        [
          { n: 1, note: 'changed' },
          { n: 2, name: 'name 2' },
          { n: 200, name: 'made' },
        ],
        { key: 'n' },
      ),
    written: asRow,
  },
  'upsert of many': {
    run: (table) =>
      table.upsert(
        Array.from({ length: 20 }, (_, n) => ({ n, name: 'upserted' })),
        { key: ['n'] },
      ),
    written: asRow,
  },
  delete: { run: (table) => table.delete({ name: 'name 2', open: true }) },
  'delete, not filterable': { run: (table) => table.delete({ note: { endsWith: '4' } }) },
  'delete of all': { run: (table) => table.delete({}, { all: true }) },
  deleteById: { run: (table, ids) => table.deleteById([UUID, ...ids.slice(3, 6)]) },
}

const BY_ID = [
  'update, not filterable',
  'updateById',
  'updateMany',
  'upsert',
  'upsert of many',
  'delete, not filterable',
  'deleteById',
]

/** Whether a client that knows the dialect cannot do this at all. */
function isInexpressible(name: string, { idFilter, nullEncoding = 'omit' }: DialectInput): boolean {
  if (idFilter === 'none' && BY_ID.includes(name)) return true
  if (name === 'update to null') return nullEncoding === 'omit'
  return name === 'update of one condition' && ['empty', 'word'].includes(nullEncoding)
}

/** Settings that could do the greatest damage together. */
const TOGETHER: DialectInput[] = [
  { idFilter: 'none', unknownColumn: 'ignored' },
  { idFilter: 'none', unknownColumn: 'ignored', changeAnswer: 'none', insertAnswer: 'none' },
  { idFilter: 'text', unknownColumn: 'ignored', changeAnswer: 'count' },
  { filterCombination: 'or', changeAnswer: 'none' },
  { filterCombination: 'or', emptyFilter: 'none', changeAnswer: 'none', pageOrder: 'unstable' },
  { emptyFilter: 'none', changeAnswer: 'none' },
  { emptyFilter: 'none', changeAnswer: 'count', idFilter: 'text' },
]

let emulator: Emulator

beforeAll(async () => {
  emulator = await startEmulator({ tables: [{ name: 't', columns: COLUMNS, records: SEEDS }] })
})
afterAll(() => emulator.close())

const dialects = [
  ...Object.entries(VALUES).flatMap(([setting, values]) =>
    values.map((value): DialectInput => ({ [setting]: value })),
  ),
  ...TOGETHER,
]

describe.each(dialects)('%j', (dialect) => {
  for (const isTold of [true, false]) {
    describe(isTold ? 'and the client knows' : 'and the client does not know', () => {
      test.each(Object.entries(CASES))('%s', async (name, { run, written = () => ({}) }) => {
        emulator.reset()
        emulator.setDialect(dialect)
        await using client = connect(emulator, isTold ? { dialect } : {})
        const before = heldBy(emulator)
        let outcomes: Outcome<unknown>[]
        try {
          outcomes = await collect(run(client.table('t'), [...before.keys()]))
        } catch (error) {
          expect(error).toBeInstanceOf(ChatlayerError)
          expect(heldBy(emulator)).toEqual(before)
          if (isTold) expect(isInexpressible(name, dialect)).toBe(true)
          return
        }
        check(before, outcomes, heldBy(emulator), written)
        if (!isTold || isInexpressible(name, dialect)) return
        const failed = outcomes.filter(({ status }) => status !== 'ok').map(({ row }) => row)
        const inVain = failed.filter((row) => row !== UUID && !isUnspeakable(row, dialect))
        expect(inVain).toEqual([])
      })
    })
  }
})

/** Whether a dialect has no form for a row. */
function isUnspeakable(row: unknown, { nulInText, nullEncoding }: DialectInput): boolean {
  const text = JSON.stringify(row)
  if (nulInText === 'refused' && text.includes('\\u0000')) return true
  const word = { empty: '""', word: '"null"' }[nullEncoding as string]
  return word !== undefined && text.includes(word)
}
