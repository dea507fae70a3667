/** Upsert: the gateway has none, so a row is looked up by its key and then inserted or changed. */
import type { Table } from '@chatlayer-tables/contract'
import { ChatlayerError, InvalidInputError } from '../errors.ts'
import { RecordQuery } from '../query/record-query.ts'
import type { CallOptions, Change, Outcome, TableRecord, Value, Values } from '../types.ts'
import { encodeFields, unknownColumn } from '../values/encode.ts'
import { stringifyJson } from '../values/json.ts'
import { changeRecord } from './change.ts'
import { insertRow } from './insert.ts'
import { canonicalValue, changedValues } from './same-values.ts'
import { holds } from './settle.ts'
import type { WriteContext } from './write-context.ts'

/** What an upsert of one row comes to. */
export interface UpsertPlan {
  readonly change: Exclude<Change, 'deleted'>
  readonly before: TableRecord | undefined
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

/** Looks rows up by key, one request each, and keeps rows of equal keys in the order of the input. */
export class Upserter {
  readonly #context: WriteContext
  readonly #table: Table
  readonly #key: readonly string[]
  readonly #call: CallOptions
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor(context: WriteContext, table: Table, key: readonly string[], call: CallOptions) {
    this.#context = context
    this.#table = table
    this.#key = key
    this.#call = call
  }

  /** Writes one row; rows of equal keys wait for one another, so that the last one stands. */
  async write<Row>(values: Values, base: { index: number; row: Row }): Promise<Outcome<Row>> {
    try {
      const key = this.#keyOf(values)
      return await this.#inTurn(this.#turnOf(key), () => this.#write(values, base))
    } catch (error) {
      if (!(error instanceof ChatlayerError)) throw error
      return { ...base, status: 'rejected', id: undefined, error }
    }
  }

  /**
   * What writing a row would come to.
   *
   * @throws InvalidInputError when its key is incomplete or several records have it
   */
  async plan(values: Values): Promise<UpsertPlan> {
    encodeFields(values, this.#table, this.#context.dialect(), 'insert')
    const query = new RecordQuery(
      this.#context,
      { where: holds(this.#keyOf(values)), limit: 2 },
      this.#call,
    )
    const [before, other] = await query.toArray()
    if (other !== undefined) {
      throw new InvalidInputError(
        `more than one record has the key ${this.#key.join(', ')} of this row`,
        {
          field: 'key',
          hint: 'Choose a key that tells records apart, or change these records by their ids.',
        },
      )
    }
    if (before === undefined) return { change: 'inserted', before, set: values }
    const set = changedValues(before.values, values, this.#table)
    return { change: Object.keys(set).length === 0 ? 'unchanged' : 'updated', before, set }
  }

  async #write<Row>(values: Values, base: { index: number; row: Row }): Promise<Outcome<Row>> {
    const { change, before, set } = await this.plan(values)
    if (before === undefined) {
      const options = { ...this.#call, key: this.#key }
      return insertRow(this.#context, this.#table, values, base, options)
    }
    if (change === 'unchanged') return { ...base, status: 'ok', change, id: before.id }
    const update = { change: 'updated' as const, id: before.id, set }
    return changeRecord(this.#context, this.#table, update, { ...base, before }, this.#call)
  }

  #keyOf(values: Values): Values {
    const given = (column: string): Value | undefined =>
      Object.hasOwn(values, column) ? values[column] : undefined
    const missing = this.#key.find(
      (column) => given(column) === undefined || given(column) === null,
    )
    if (missing !== undefined) {
      throw new InvalidInputError(`the row has no value in the key column "${missing}"`, {
        field: `values.${missing}`,
        hint: 'Every row of an upsert needs all columns of the key.',
      })
    }
    return Object.fromEntries(this.#key.map((column) => [column, given(column) ?? null]))
  }

  /** Equal keys are equal as the column's type means it: 1.0 and 1 are one key. */
  #turnOf(key: Values): string {
    return stringifyJson(
      this.#key.map((column) => canonicalValue(key[column], column, this.#table)),
    )
  }

  async #inTurn<T>(turn: string, work: () => Promise<T>): Promise<T> {
    const mine = (this.#turns.get(turn) ?? Promise.resolve()).then(work, work)
    this.#turns.set(turn, mine)
    try {
      return await mine
    } finally {
      if (this.#turns.get(turn) === mine) this.#turns.delete(turn)
    }
  }
}
