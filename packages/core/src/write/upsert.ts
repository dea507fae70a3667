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
import { notSent, type Place } from './outcomes.ts'
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
export class Upserter {
  readonly #context: WriteContext
  readonly #table: Table
  readonly #key: readonly string[]
  readonly #call: CallOptions
  readonly #turns = new Map<string, Promise<unknown>>()
  #index: KeyIndex | undefined
  /** What stands under a key after the rows that were imagined so far. */
  readonly #imagined = new Map<string, Found>()

  constructor(
    context: WriteContext,
    table: Table,
    key: readonly string[],
    { signal, timeoutMs }: CallOptions,
  ) {
    this.#context = context
    this.#table = table
    this.#key = key
    this.#call = { signal, timeoutMs }
  }

  /** Looks at the first rows, and reads the whole table where that is cheaper than looking rows up. */
  async prepare<Row>(rows: Rows<Row>): Promise<AsyncIterable<Row>> {
    const peeked = await PeekedRows.peek(rows, PEEKED_ROWS, PATIENCE_MS)
    try {
      const { length } = peeked.first
      this.#index = await indexForRows(this.#context, this.#table, this.#key, length, this.#call)
    } catch (error) {
      await peeked.return()
      throw error
    }
    return peeked
  }

  /** Writes one row; rows of equal keys wait for one another, so that the last one stands. */
  async write<Row>(values: Values, place: Place<Row>): Promise<Outcome<Row>> {
    try {
      const key = this.#keyOf(values)
      return await this.#inTurn(key, () => this.#write(values, key, place))
    } catch (error) {
      return notSent(place, error, this.#call.signal)
    }
  }

  async #write<Row>(values: Values, key: string, place: Place<Row>): Promise<Outcome<Row>> {
    const { change, record, set } = await this.#plan(values, key)
    const { index, row } = place
    if (change === 'unchanged') return { status: 'ok', index, row, change, id: record?.id }
    this.#index?.noteWritten(key)
    if (record === undefined) {
      const options = { ...this.#call, key: this.#key }
      return insertRow(this.#context, this.#table, values, place, options)
    }
    const update = { change: 'updated' as const, id: record.id, set }
    const changePlace = { index, row, before: record }
    return changeRecord(this.#context, this.#table, update, changePlace, this.#call)
  }

  /**
   * What writing a row would come to, after the rows that were imagined before it.
   *
   * @throws InvalidInputError when its key is incomplete or several records have it
   */
  async imagine(values: Values): Promise<UpsertPlan> {
    const key = this.#keyOf(values)
    const plan = await this.#plan(values, key)
    const { record, before, set } = plan
    const after = before === undefined ? insertedValues(set, this.#table) : overlay(before, set)
    this.#imagined.set(key, { record, values: after })
    return plan
  }

  async #plan(values: Values, key: string): Promise<UpsertPlan> {
    encodeFields(values, this.#table, this.#context.dialect(), 'insert')
    const found = await this.#find(values, key)
    if (found === undefined) {
      return { change: 'inserted', record: undefined, before: undefined, set: values }
    }
    const { record, values: before } = found
    const set = changedValues(before, values, this.#table)
    if (Object.keys(set).length === 0) return { change: 'unchanged', record, before, set }
    encodeUpdate(this.#context, this.#table, set)
    return { change: 'updated', record, before, set }
  }

  async #find(values: Values, key: string): Promise<Found | undefined> {
    const imagined = this.#imagined.get(key)
    if (imagined !== undefined) return imagined
    const [record, other] = (await this.#index?.find(key)) ?? (await this.#lookUp(values))
    if (other === undefined) return record && { record, values: record.values }
    throw new InvalidInputError(
      `more than one record has the key ${this.#key.join(', ')} of this row`,
      {
        field: 'key',
        hint: 'Choose a key that tells records apart, or change these records by their ids.',
      },
    )
  }

  #lookUp(values: Values): Promise<TableRecord[]> {
    const where = holds(Object.fromEntries(this.#key.map((name) => [name, values[name] ?? null])))
    return new RecordQuery(this.#context, { where, limit: 2 }, this.#call).toArray()
  }

  #keyOf(values: Values): string {
    const key = keyText(values, this.#key, this.#table)
    if (key !== undefined) return key
    const missing = this.#key.find((column) => !hasKey(values, [column]))
    throw new InvalidInputError(`the row has no value in the key column "${missing}"`, {
      field: `values.${missing}`,
      hint: 'Every row of an upsert needs all columns of the key.',
    })
  }

  async #inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const mine = (this.#turns.get(key) ?? Promise.resolve()).then(work, work)
    this.#turns.set(key, mine)
    try {
      return await mine
    } finally {
      if (this.#turns.get(key) === mine) this.#turns.delete(key)
    }
  }
}
