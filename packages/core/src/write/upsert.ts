/** Upsert: the gateway has none, so a row's key is looked up, and the row inserted or its record changed. */
import type { Table } from '@chatlayer-tables/contract'
import { InvalidInputError } from '../errors.ts'
import { RecordQuery } from '../query/record-query.ts'
import type { CallOptions, Change, Outcome, TableRecord, Values } from '../types.ts'
import { encodeFields, unknownColumn } from '../values/encode.ts'
import { changeRecord, encodeUpdate } from './change.ts'
import { hasKey, holds } from './identity.ts'
import { insertRow } from './insert.ts'
import { indexForRows, type KeyIndex, keyText } from './key-index.ts'
import { done, notSent, type Place } from './outcomes.ts'
import { insertedValues, overlay } from './preview.ts'
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
  /** The record with the row's key; undefined for an insert, and for one that is only imagined. */
  readonly record: TableRecord | undefined
  /** The values before. */
  readonly before: Values | undefined
  /** The values to write: all of them for an insert, those that differ for an update. */
  readonly set: Values
}

/** What stands under a key: a record, or what it would be by then. */
interface Found {
  readonly record: TableRecord | undefined
  readonly values: Values
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

/** Finds what rows come to, and writes them; rows of equal keys go in the order of the input. */
export interface Upserter {
  /** Looks at the first rows, and reads the whole table where that is cheaper than looking rows up. */
  prepare<Row>(rows: Rows<Row>): Promise<AsyncIterable<Row>>
  /** Writes one row; rows of equal keys wait for one another, so that the last one stands. */
  write<Row>(values: Values, place: Place<Row>): Promise<Outcome<Row>>
  /**
   * What writing a row would come to, after the rows that were imagined before it.
   *
   * @throws InvalidInputError when its key is incomplete or several records have it
   */
  imagine(values: Values): Promise<UpsertPlan>
}

export function createUpserter(
  context: WriteContext,
  table: Table,
  key: readonly string[],
  { signal, timeoutMs }: CallOptions,
): Upserter {
  const call = { signal, timeoutMs }
  const turns = new Map<string, Promise<unknown>>()
  /** What stands under a key after the rows that were imagined so far. */
  const imagined = new Map<string, Found>()
  let index: KeyIndex | undefined

  function keyOf(values: Values): string {
    const text = keyText(values, key, table)
    if (text !== undefined) return text
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

  async function find(values: Values, text: string): Promise<Found | undefined> {
    const before = imagined.get(text)
    if (before !== undefined) return before
    const [record, other] = (await index?.find(text)) ?? (await lookUp(values))
    if (other === undefined) return record && { record, values: record.values }
    throw new InvalidInputError(`more than one record has the key ${key.join(', ')} of this row`, {
      field: 'key',
      hint: 'Choose a key that tells records apart, or change these records by their ids.',
    })
  }

  async function plan(values: Values, text: string): Promise<UpsertPlan> {
    encodeFields(values, table, context.dialect(), 'insert')
    const found = await find(values, text)
    if (found === undefined) {
      return { change: 'inserted', record: undefined, before: undefined, set: values }
    }
    const { record, values: before } = found
    const set = changedValues(before, values, table)
    if (Object.keys(set).length === 0) return { change: 'unchanged', record, before, set }
    encodeUpdate(context, table, set)
    return { change: 'updated', record, before, set }
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

  async function inTurn<T>(text: string, work: () => Promise<T>): Promise<T> {
    const mine = (turns.get(text) ?? Promise.resolve()).then(work, work)
    turns.set(text, mine)
    try {
      return await mine
    } finally {
      if (turns.get(text) === mine) turns.delete(text)
    }
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
        const text = keyOf(values)
        return await inTurn(text, () => writeNow(values, text, place))
      } catch (error) {
        return notSent(place, error, signal)
      }
    },
    async imagine(values) {
      const text = keyOf(values)
      const planned = await plan(values, text)
      const { record, before, set } = planned
      const after = before === undefined ? insertedValues(set, table) : overlay(before, set)
      imagined.set(text, { record, values: after })
      return planned
    },
  }
}
