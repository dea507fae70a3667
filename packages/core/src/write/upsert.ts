/** Upsert. The gateway has none: the client searches for a row's key, and inserts the row or updates its record. */
import type { Table } from '@chatlayer-tables/contract'
import { InvalidInputError } from '../errors.ts'
import { IdNumbers } from '../query/id-numbers.ts'
import { RecordQuery } from '../query/record-query.ts'
import type { CallOptions, Change, Outcome, RowCallOptions, TableRecord, Values } from '../types.ts'
import { encodeFields, unknownColumn } from '../values/encode.ts'
import { stringifyJson } from '../values/json.ts'
import { changeRecord, encodeUpdate } from './change.ts'
import { hasKey, holds } from './identity.ts'
import { insertRow } from './insert.ts'
import { indexForRows, type KeyIndex, keyText } from './key-index.ts'
import { done, notSent, type Place } from './outcomes.ts'
import type { UpsertRow } from './row-shape.ts'
import { PeekedRows, type Rows } from './rows.ts'
import { changedValues } from './same-values.ts'
import type { WriteContext } from './write-context.ts'

/** Rows to read before deciding if reading the whole table is cheaper than one search per row. */
const PEEKED_ROWS = 1_000
/** Time to wait for these rows. */
const PEEK_TIMEOUT_MS = 500

/** What an upsert of one row changes. */
export interface UpsertPlan {
  readonly change: Exclude<Change, 'deleted'>
  /** The record with the row's key; undefined for an insert. */
  readonly record: TableRecord | undefined
  /** The values to write: all of them for an insert, those that differ for an update. */
  readonly set: Values
}

/** @throws InvalidInputError when the key is empty or names a column that is not in the table */
export function checkKey(
  key: string | readonly string[],
  table: Table,
  place = 'key',
): readonly string[] {
  const columns = typeof key === 'string' ? [key] : key
  if (columns.length === 0) {
    throw new InvalidInputError('the key must name at least one column', {
      field: place,
      hint: 'Name the columns whose values identify a record.',
    })
  }
  for (const column of columns) {
    if (!table.columns.some(({ name }) => name === column))
      throw unknownColumn(column, table, place)
  }
  return columns
}

/**
 * Plans and writes rows. Each key is for one row and one record: a row whose key an earlier row had,
 * or that several records have, is rejected, in a preview as in the write. Rows must be passed in the
 * order of the input.
 */
export class Upserter {
  readonly #context: WriteContext
  readonly #table: Table
  readonly #key: readonly string[]
  readonly #call: RowCallOptions
  /** Of reads, which both signals end at once. */
  readonly #reads: CallOptions
  /** By key, the index of the first row that has it. */
  readonly #rowsByKey = new IdNumbers()
  #index: KeyIndex | undefined

  constructor(
    context: WriteContext,
    table: Table,
    key: readonly string[],
    { signal, timeoutMs, stop }: RowCallOptions,
  ) {
    this.#context = context
    this.#table = table
    this.#key = key
    this.#call = { signal, timeoutMs, stop }
    const signals = [signal, stop].filter((one) => one !== undefined)
    this.#reads = { signal: signals.length > 1 ? AbortSignal.any(signals) : signals[0], timeoutMs }
  }

  /** Reads the first rows, and then the whole table where that is cheaper than one search per row. */
  async prepare<Row>(rows: Rows<Row>): Promise<AsyncIterable<Row>> {
    const peeked = await PeekedRows.peek(rows, PEEKED_ROWS, PEEK_TIMEOUT_MS)
    try {
      const { length } = peeked.first
      this.#index = await indexForRows(this.#context, this.#table, this.#key, length, this.#reads)
    } catch (error) {
      await peeked.return()
      throw error
    }
    return peeked
  }

  /** Writes one row. */
  async write<Row>(row: UpsertRow, place: Place<Row>): Promise<Outcome<Row>> {
    try {
      const text = this.#takeKey(row.values, place.index)
      return await this.#writeNow(row, text, place)
    } catch (error) {
      return notSent(place, error, this.#reads.signal)
    }
  }

  /**
   * Plans one row, without writing it.
   *
   * @throws InvalidInputError when its key is incomplete or belongs to an earlier row or to several
   *   records, and for values that cannot be written
   */
  async plan(row: UpsertRow, index: number): Promise<UpsertPlan> {
    return this.#plan(row, this.#takeKey(row.values, index))
  }

  /** The key of a row as text. A key belongs to the first valid row that has it. */
  #takeKey(values: Values, index: number): string {
    const text = keyText(values, this.#key, this.#table)
    if (text === undefined) throw this.#incompleteKey(values)
    encodeFields(values, this.#table, this.#context.dialect(), 'insert')
    const first = this.#rowsByKey.put(text, index)
    if (first === undefined || first === index) return text
    this.#rowsByKey.put(text, first)
    throw new InvalidInputError(
      `row ${first + 1} (counted from 1) has the same key, ${describeKey(values, this.#key)}`,
      { field: 'key', hint: 'Keep one row per key, or choose a key that is unique in the input.' },
    )
  }

  #incompleteKey(values: Values): InvalidInputError {
    const missing = this.#key.find((column) => !hasKey(values, [column]))
    return new InvalidInputError(`the row has no value in the key column "${missing}"`, {
      field: `values.${missing}`,
      hint: 'Every row of an upsert needs all columns of the key.',
    })
  }

  #search(values: Values): Promise<TableRecord[]> {
    const where = holds(Object.fromEntries(this.#key.map((name) => [name, values[name] ?? null])))
    return new RecordQuery(this.#context, { where, limit: 2 }, this.#reads).toArray()
  }

  async #find(values: Values, text: string): Promise<TableRecord | undefined> {
    const [record, other] = (await this.#index?.find(text)) ?? (await this.#search(values))
    if (record === undefined || other === undefined) return record
    throw new InvalidInputError(
      `several records have the key of this row, ${describeKey(values, this.#key)}: ${record.id}, ${other.id}`,
      { field: 'key', hint: 'Choose a key that is unique, or change these records by their ids.' },
    )
  }

  async #plan({ values, given }: UpsertRow, text: string): Promise<UpsertPlan> {
    const record = await this.#find(values, text)
    if (record === undefined) return { change: 'inserted', record, set: values }
    const { timestampPrecision } = this.#context.dialect()
    const set = changedValues(record.values, given, this.#table, timestampPrecision)
    if (Object.keys(set).length === 0) return { change: 'unchanged', record, set }
    encodeUpdate(this.#context, this.#table, set)
    return { change: 'updated', record, set }
  }

  async #writeNow<Row>(
    upsert: UpsertRow,
    text: string,
    { index, row }: Place<Row>,
  ): Promise<Outcome<Row>> {
    const { change, record, set } = await this.#plan(upsert, text)
    const place = { index, row, id: record?.id }
    if (change === 'unchanged') return done(place, change)
    this.#index?.noteWritten(text)
    if (record === undefined) {
      const options = { ...this.#call, key: this.#key }
      return insertRow(this.#context, this.#table, upsert.values, place, options)
    }
    const known = { ...place, id: record.id, before: record }
    return changeRecord(this.#context, this.#table, { change: 'updated', set }, known, this.#call)
  }
}

/** Longest value of a key that an error shows in full. */
const MAX_KEY_VALUE = 60

function describeKey(values: Values, key: readonly string[]): string {
  return key
    .map((column) => {
      const text = stringifyJson(values[column] ?? null)
      return `${column} = ${text.length > MAX_KEY_VALUE ? `${text.slice(0, MAX_KEY_VALUE)}…` : text}`
    })
    .join(', ')
}
