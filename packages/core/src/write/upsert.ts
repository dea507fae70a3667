/** Upsert: the gateway has none, so a row's key is looked up, and the row inserted or its record changed. */
import type { Table } from '@chatlayer-tables/contract'
import { InvalidInputError } from '../errors.ts'
import { IdNumbers } from '../query/id-numbers.ts'
import { RecordQuery } from '../query/record-query.ts'
import type { CallOptions, Change, Outcome, TableRecord, Values } from '../types.ts'
import { encodeFields, unknownColumn } from '../values/encode.ts'
import { stringifyJson } from '../values/json.ts'
import { changeRecord, encodeUpdate } from './change.ts'
import { hasKey, holds } from './identity.ts'
import { insertRow } from './insert.ts'
import { indexForRows, type KeyIndex, keyText } from './key-index.ts'
import { done, notSent, type Place } from './outcomes.ts'
import { PeekedRows, type Rows } from './rows.ts'
import { changedValues } from './same-values.ts'
import type { WriteContext } from './write-context.ts'

/** So many rows are looked at to see whether reading the whole table is cheaper than looking them up. */
const PEEKED_ROWS = 1_000
/** So long an input may take to give them. */
const PATIENCE_MS = 500

/** What an upsert of one row comes to. */
export interface UpsertPlan {
  readonly change: Exclude<Change, 'deleted'>
  /** The record with the row's key; undefined for an insert. */
  readonly record: TableRecord | undefined
  /** The values to write: all of them for an insert, those that differ for an update. */
  readonly set: Values
}

/** @throws InvalidInputError when the key is empty or names a column that the table lacks */
export function checkKey(
  key: string | readonly string[],
  table: Table,
  place = 'key',
): readonly string[] {
  const columns = typeof key === 'string' ? [key] : key
  if (columns.length === 0) {
    throw new InvalidInputError('the key names no column', {
      field: place,
      hint: 'Name the columns whose values tell records apart.',
    })
  }
  for (const column of columns) {
    if (!table.columns.some(({ name }) => name === column))
      throw unknownColumn(column, table, place)
  }
  return columns
}

/**
 * Finds what rows come to, and writes them. Each key is for one row and one record: a row whose key
 * an earlier row had, or that several records have, is rejected, in a preview as in the write.
 * Rows are to be given in the order of the input.
 */
export interface Upserter {
  /** Looks at the first rows, and reads the whole table where that is cheaper than looking rows up. */
  prepare<Row>(rows: Rows<Row>): Promise<AsyncIterable<Row>>
  /** Writes one row. */
  write<Row>(values: Values, place: Place<Row>): Promise<Outcome<Row>>
  /**
   * What writing a row would come to.
   *
   * @throws InvalidInputError when its key is incomplete or belongs to an earlier row or to several
   *   records, and for values that cannot be written
   */
  imagine(values: Values, index: number): Promise<UpsertPlan>
}

export function createUpserter(
  context: WriteContext,
  table: Table,
  key: readonly string[],
  { signal, timeoutMs }: CallOptions,
): Upserter {
  const call = { signal, timeoutMs }
  /** By key, the place of the row that had it first. */
  const rowsByKey = new IdNumbers()
  let index: KeyIndex | undefined

  /** The key of a row as text. A key belongs to the first row with it that can be written at all. */
  function takeKey(values: Values, place: number): string {
    const text = keyText(values, key, table)
    if (text !== undefined) {
      encodeFields(values, table, context.dialect(), 'insert')
      const first = rowsByKey.put(text, place)
      if (first === undefined || first === place) return text
      rowsByKey.put(text, first)
      throw new InvalidInputError(
        `row ${first + 1} (counted from 1) has the same key, ${describeKey(values, key)}`,
        {
          field: 'key',
          hint: 'Keep one row of each key, or choose a key that tells rows apart.',
        },
      )
    }
    const missing = key.find((column) => !hasKey(values, [column]))
    throw new InvalidInputError(`the row has no value in the key column "${missing}"`, {
      field: `values.${missing}`,
      hint: 'Every row of an upsert needs all columns of the key.',
    })
  }

  function lookUp(values: Values): Promise<TableRecord[]> {
    const where = holds(Object.fromEntries(key.map((name) => [name, values[name] ?? null])))
    return new RecordQuery(context, { where, limit: 2 }, call).toArray()
  }

  async function find(values: Values, text: string): Promise<TableRecord | undefined> {
    const [record, other] = (await index?.find(text)) ?? (await lookUp(values))
    if (record === undefined || other === undefined) return record
    throw new InvalidInputError(
      `several records have the key of this row, ${describeKey(values, key)}: ${record.id}, ${other.id}`,
      {
        field: 'key',
        hint: 'Choose a key that tells records apart, or change these records by their ids.',
      },
    )
  }

  async function plan(values: Values, text: string): Promise<UpsertPlan> {
    const record = await find(values, text)
    if (record === undefined) return { change: 'inserted', record, set: values }
    const set = changedValues(record.values, values, table, context.dialect().timestampPrecision)
    if (Object.keys(set).length === 0) return { change: 'unchanged', record, set }
    encodeUpdate(context, table, set)
    return { change: 'updated', record, set }
  }

  async function writeNow<Row>(
    values: Values,
    text: string,
    { index: at, row }: Place<Row>,
  ): Promise<Outcome<Row>> {
    const { change, record, set } = await plan(values, text)
    const place = { index: at, row, id: record?.id }
    if (change === 'unchanged') return done(place, change)
    index?.noteWritten(text)
    if (record === undefined) return insertRow(context, table, values, place, { ...call, key })
    const known = { ...place, id: record.id, before: record }
    return changeRecord(context, table, { change: 'updated', set }, known, call)
  }

  return {
    async prepare(rows) {
      const peeked = await PeekedRows.peek(rows, PEEKED_ROWS, PATIENCE_MS)
      try {
        index = await indexForRows(context, table, key, peeked.first.length, call)
      } catch (error) {
        await peeked.return()
        throw error
      }
      return peeked
    },
    async write(values, place) {
      try {
        const text = takeKey(values, place.index)
        return await writeNow(values, text, place)
      } catch (error) {
        return notSent(place, error, signal)
      }
    },
    imagine: async (values, place) => plan(values, takeKey(values, place)),
  }
}

/** Longer values of a key are cut where a row is named by them. */
const MAX_KEY_VALUE = 60

function describeKey(values: Values, key: readonly string[]): string {
  return key
    .map((column) => {
      const text = stringifyJson(values[column] ?? null)
      return `${column} = ${text.length > MAX_KEY_VALUE ? `${text.slice(0, MAX_KEY_VALUE)}…` : text}`
    })
    .join(', ')
}
