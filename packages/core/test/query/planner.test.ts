/** Every plan returns the records of a full read that is filtered here. */
import { DEFAULT_DIALECT, type Dialect, type Table } from '@chatlayer-tables/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluate } from '../../src/query/evaluate.ts'
import { parseWhere } from '../../src/query/parse-where.ts'
import { RecordQuery } from '../../src/query/record-query.ts'
import type { QueryOptions, Sort } from '../../src/query/where-types.ts'
import type { TableRecord } from '../../src/types.ts'
import { decodeRecord, decoderOf } from '../../src/values/decode.ts'
import {
  columnsArbitrary,
  keyOfColumn,
  narrowArbitrary,
  recordsArbitrary,
  whereArbitrary,
} from './arbitraries.ts'
import { isoOf, meetsFilter, type StoredRecord } from './fake-filter.ts'
import { type FakeRecord, fakeGateway } from './fake-gateway.ts'

const RUNS = 10_000

interface Case {
  readonly table: Table
  readonly dialect: Dialect
  readonly records: StoredRecord[]
  readonly options: QueryOptions
  /** Whether the gateway shows timestamps cut to milliseconds, while it compares microseconds. */
  readonly cutsTimestamps: boolean
  /** What totals say; `boast` has the data read count records that do not exist. */
  readonly total: 'matching' | 'table' | 'page' | 'none' | 'boast'
}

const dialectArbitrary: fc.Arbitrary<Dialect> = fc
  .record({
    filterCombination: fc.constantFrom('and', 'and', 'or'),
    idFilter: fc.constantFrom('uuid', 'text', 'none'),
    timestampFilter: fc.constantFrom('none', 'camel', 'snake'),
    numericForm: fc.constantFrom('string', 'number'),
    intForm: fc.constantFrom('string', 'number'),
    listEncoding: fc.constantFrom('unknown', 'json', 'comma', 'postgres'),
    nullEncoding: fc.constantFrom('omit', 'empty', 'word', 'json'),
    maxSelectLimit: fc.constantFrom(1, 3, 10, 100, 500),
    pageOrder: fc.constantFrom('unknown', 'stable'),
    nulInText: fc.constantFrom('kept', 'refused'),
    timestampPrecision: fc.constant('microseconds'),
  } as const)
  .map((settings) => ({ ...DEFAULT_DIALECT, ...settings }) as Dialect)

const caseArbitrary: fc.Arbitrary<Case> = columnsArbitrary.chain((columns) => {
  const sortable = columns
    .filter(({ type }) => type !== 'jsonb')
    .map(({ name }) => keyOfColumn(name))
  const sort: fc.Arbitrary<Sort> = fc.record({
    column: fc.constantFrom(...sortable, 'id', 'createdAt'),
    direction: fc.constantFrom('asc', 'desc'),
  })
  return fc.record({
    table: fc.constant({ id: 't', name: 't', columns }),
    dialect: dialectArbitrary,
    records: fc.oneof(
      { arbitrary: recordsArbitrary(columns, 12), weight: 9 },
      { arbitrary: recordsArbitrary(columns, 150), weight: 1 },
    ),
    options: fc.record({
      where: fc.oneof(
        { arbitrary: whereArbitrary(columns), weight: 2 },
        { arbitrary: narrowArbitrary(columns), weight: 1 },
      ),
      limit: fc.option(fc.nat({ max: 6 }), { nil: undefined }),
      offset: fc.option(fc.nat({ max: 4 }), { nil: undefined }),
      sort: fc.option(fc.array(sort, { maxLength: 2 }), { nil: undefined }),
    }),
    cutsTimestamps: fc.boolean(),
    total: fc.constantFrom('matching', 'table', 'page', 'none', 'boast', 'boast'),
  })
})

/** A stored value as the gateway answers it. */
function show(literal: string | null, type: string, { dialect, cutsTimestamps }: Case): unknown {
  if (literal === null) return null
  switch (type) {
    case 'int':
      return dialect.intForm === 'string' ? literal : BigInt(literal)
    case 'numeric':
      return dialect.numericForm === 'string' ? literal : Number(literal)
    case 'bool':
      return literal === 'true'
    case 'timestamp':
      return cutsTimestamps ? literal.replace(/(\.\d{3})\d{3}Z$/, '$1Z') : literal
    case 'jsonb':
      return literal === '9007199254740993' ? 9007199254740993n : JSON.parse(literal)
    default:
      return literal
  }
}

function gatewayOf(one: Case) {
  const stored = new Map(one.records.map((record) => [record.id, record]))
  const records = one.records.map<FakeRecord>((record) => ({
    id: record.id,
    createdAt: isoOf(record.created, !one.cutsTimestamps),
    updatedAt: isoOf(record.created, !one.cutsTimestamps),
    values: Object.fromEntries(
      one.table.columns.map(({ name, type }) => [
        name,
        show(record.stored[name] ?? null, type, one),
      ]),
    ),
  }))
  const fake = fakeGateway({
    table: one.table,
    records,
    dialect: one.dialect,
    meets: ({ id }, filter) =>
      meetsFilter(stored.get(id) as StoredRecord, filter, one.table, one.dialect),
    answer: ({ data, meta }, { operation }) => {
      switch (one.total) {
        case 'boast':
          return { data, meta: operation === 'getTableData' ? { total: 9_999 } : (meta ?? null) }
        case 'matching':
          return { data, meta: meta ?? null }
        case 'table':
          return { data, meta: { total: records.length } }
        case 'page':
          return { data, meta: { total: data.length } }
        case 'none':
          return { data }
      }
    },
  })
  return { fake, records }
}

function filteredHere(one: Case, records: readonly FakeRecord[]): TableRecord[] {
  const condition = parseWhere(one.options.where ?? {}, one.table)
  const decoder = decoderOf(one.table)
  return records
    .map((record) => decodeRecord(record, decoder))
    .filter((record) => evaluate(condition, record) === true)
}

test(`planned = filtered here, in ${RUNS} random tables and conditions`, {
  timeout: 300_000,
}, async () => {
  const strategies = { nothing: 0, data: 0, select: 0, several: 0, exact: 0 }
  await fc.assert(
    fc.asyncProperty(caseArbitrary, async (one) => {
      const { fake, records } = gatewayOf(one)
      const matching = filteredHere(one, records)
      const { limit = Number.POSITIVE_INFINITY, offset = 0, sort = [] } = one.options
      const query = new RecordQuery(fake.context, one.options)
      const found = await query.toArray()

      const byId = new Map(matching.map((record) => [record.id, record]))
      expect(found.length).toBe(Math.max(0, Math.min(matching.length - offset, limit)))
      expect(new Set(found.map(({ id }) => id)).size).toBe(found.length)
      for (const record of found) expect(byId.get(record.id)).toEqual(record)
      expect(await query.count()).toBe(found.length)

      if (Array.isArray(sort) && sort.length > 0) {
        // Asked again for everything, this must be a slice of the order.
        const all = await new RecordQuery(fake.context, {
          where: one.options.where,
          sort,
        }).toArray()
        expect(all.slice(offset, offset + limit)).toEqual(found)
      }

      const { strategy, wire, local } = await query.explain()
      strategies[strategy] += 1
      if (wire.length > 1) strategies.several += 1
      if (wire.length > 0 && local.length === 0) strategies.exact += 1
    }),
    { numRuns: RUNS },
  )
  // Every way of carrying out a query was among them, many times.
  for (const [strategy, count] of Object.entries(strategies)) {
    expect([strategy, count >= RUNS / 50]).toEqual([strategy, true])
  }
})
