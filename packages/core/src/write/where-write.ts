/**
 * UPDATE and DELETE by a condition. The records are found first; then the gateway writes them by
 * its own filters in one request where it can, else they are written one by one by their ids.
 */
import {
  deleteAction,
  type Filter,
  recordsOf,
  type Table,
  updateAction,
  type WireRecord,
} from '@chatlayer-tables/contract'
import { ChatlayerError, InvalidInputError, RejectedError, UnknownOutcomeError } from '../errors.ts'
import type { Condition } from '../query/condition.ts'
import { evaluate } from '../query/evaluate.ts'
import { selectPages } from '../query/page.ts'
import { parseWhere } from '../query/parse-where.ts'
import { readRecords } from '../query/read.ts'
import { RecordQuery } from '../query/record-query.ts'
import { coverOf } from '../query/wire-filter.ts'
import type { CallOptions, Outcome, TableRecord, Values, Where } from '../types.ts'
import { decodeRecord, decoderOf } from '../values/decode.ts'
import type { Work } from './bulk-write.ts'
import { changeRecord, encodeUpdate, performAction } from './change.ts'
import { idColumn } from './id-filter.ts'
import { messageOf } from './message-of.ts'
import { nulledColumns, nulledOutcome } from './nulled.ts'
import { holdsValues } from './same-values.ts'
import type { WriteContext } from './write-context.ts'

/** Whole records are kept up to this many, for their values as they stood; beyond it only ids. */
const MOST_RECORDS_KEPT = 20_000

export type WhereChange =
  | { readonly change: 'updated'; readonly set: Values }
  | { readonly change: 'deleted' }

/**
 * Refuses a condition that every record meets, unless that was said.
 *
 * @throws InvalidInputError
 */
export function checkWhere(where: Where, table: Table, all: boolean | undefined): Condition {
  const condition = parseWhere(where, table)
  if (all === true || condition.kind !== 'constant' || !condition.value) return condition
  throw new InvalidInputError(`the condition would hit every record of "${table.name}"`, {
    field: 'where',
    hint: 'Say { all: true } if that is meant.',
  })
}

/** @throws InvalidInputError when there is nothing to write */
export function checkSet(set: Values): Values {
  if (Object.values(set).some((value) => value !== undefined)) return set
  throw new InvalidInputError('there is no value to write', {
    field: 'set',
    hint: 'Name at least one column and its new value.',
  })
}

/**
 * The filters that say a whole condition to the gateway, or undefined where they cannot. A listener
 * wants each record's write by itself, so that what it keeps is what was written.
 */
function wholeFilters(
  context: WriteContext,
  condition: Condition,
  table: Table,
): readonly Filter[] | undefined {
  if (context.listener !== undefined) return undefined
  const dialect = context.dialect()
  if (condition.kind === 'constant') {
    return condition.value && dialect.emptyFilter === 'all' ? [] : undefined
  }
  const cover = coverOf(condition, table, dialect)
  const [only, ...others] = cover?.selects ?? []
  return cover?.rest.length === 0 && others.length === 0 ? only?.filters : undefined
}

/** @throws NotExpressibleError when what meets a condition can be written neither by filters nor by id */
export function checkAim(context: WriteContext, condition: Condition, table: Table): void {
  if (wholeFilters(context, condition, table) === undefined) idColumn(context.dialect())
}

/** A record that was found. */
interface Match {
  readonly id: string
  /** Whether it holds already what is to be written. */
  readonly isUnchanged: boolean
  /** With its values, where they are kept. */
  readonly record: TableRecord | undefined
}

/** Finds the records and prepares the writes; the rows are the records' ids. */
export async function writeWhere(
  context: WriteContext,
  where: Where,
  change: WhereChange,
  call: CallOptions & { readonly all?: boolean | undefined },
): Promise<Work<string>> {
  const table = await context.definition(call)
  const condition = checkWhere(where, table, call.all)
  checkAim(context, condition, table)
  if (change.change === 'updated') encodeUpdate(context, table, change.set)
  const write = new WhereWrite(context, table, condition, change, call)
  return write.prepare(where)
}

class WhereWrite {
  readonly #context: WriteContext
  readonly #table: Table
  readonly #condition: Condition
  readonly #change: WhereChange
  readonly #call: CallOptions
  readonly #matches: Match[] = []
  /** What was sent for all records together, with an end that is open. */
  readonly #tried: string[] = []
  #nulled: readonly string[] = []

  constructor(
    context: WriteContext,
    table: Table,
    condition: Condition,
    change: WhereChange,
    { signal, timeoutMs }: CallOptions,
  ) {
    this.#context = context
    this.#table = table
    this.#condition = condition
    this.#change = change
    this.#call = { signal, timeoutMs }
  }

  async prepare(where: Where): Promise<Work<string>> {
    const filters = wholeFilters(this.#context, this.#condition, this.#table)
    const areExact = await this.#find(where, filters)
    const rows = this.#matches.map(({ id }) => id)
    const changed = this.#matches.find(({ isUnchanged }) => !isUnchanged)
    if (changed === undefined) return { rows, write: (row, index) => this.#ok(row, index) }
    const written = filters !== undefined && areExact && (await this.#writeByFilters(filters))
    if (written) return { rows, write: (row, index) => this.#ok(row, index), decided: true }
    try {
      this.#call.signal?.throwIfAborted()
      await this.#context.idFilters.ensure(this.#context, this.#table, changed.id, this.#call)
    } catch (cause) {
      if (this.#tried.length === 0) throw cause
      return { rows, write: (row, index) => this.#unknown(row, index, cause), decided: true }
    }
    return { rows, write: (row, index) => this.#writeById(row, index) }
  }

  /** @returns whether the filters, where there are any, hit these records and no others */
  async #find(where: Where, filters: readonly Filter[] | undefined): Promise<boolean> {
    if (filters !== undefined && filters.length > 0) return this.#findByFilters(filters)
    const { signal } = this.#call
    for await (const record of new RecordQuery(this.#context, { where }, { signal })) {
      this.#add(record)
    }
    return true
  }

  /**
   * Finds the records by the very filters that are to write them. That the gateway takes them as we
   * mean them is assumed (that it joins them with AND, say): whether it does shows here.
   */
  async #findByFilters(filters: readonly Filter[]): Promise<boolean> {
    const { signal } = this.#call
    const fetch = selectPages(this.#context, this.#table, filters, { signal })
    const decoder = decoderOf(this.#table)
    let areExact = true
    const options = { ...READ_ALL, pageSize: this.#context.dialect().maxSelectLimit, signal }
    for await (const page of readRecords(fetch, options)) {
      for (const wire of page) {
        const record = decodeRecord(wire, decoder)
        if (evaluate(this.#condition, record) === true) this.#add(record)
        else areExact = false
      }
    }
    return areExact
  }

  #add(record: TableRecord): void {
    const { id, values } = record
    const isUnchanged =
      this.#change.change === 'updated' && holdsValues(values, this.#change.set, this.#table)
    const isKept = this.#matches.length < MOST_RECORDS_KEPT
    this.#matches.push({ id, isUnchanged, record: isKept ? record : undefined })
  }

  /**
   * One request for all records. False when it was not carried out, or its fate is unknown: the
   * records are then written by id, which cannot change more than this request would have.
   */
  async #writeByFilters(filters: readonly Filter[]): Promise<boolean> {
    const action =
      this.#change.change === 'deleted'
        ? deleteAction(filters)
        : updateAction(filters, encodeUpdate(this.#context, this.#table, this.#change.set))
    try {
      const { body } = await performAction(this.#context, this.#table, action, this.#call)
      this.#noteNulled(recordsOf(body))
    } catch (error) {
      // That filters may be left out is assumed.
      if (filters.length === 0 && error instanceof RejectedError) return false
      const isOpen =
        error instanceof ChatlayerError
          ? error.executed === 'maybe'
          : this.#call.signal?.aborted === true
      if (!isOpen) throw error
      this.#tried.push(`sent one request for all of them: ${messageOf(error)}`)
      return false
    }
    return filters.length > 0 || this.#hasHitAll()
  }

  /** Whether a write without filters, which may hit nothing, shows on the first records of the table. */
  async #hasHitAll(): Promise<boolean> {
    const { signal } = this.#call
    const change = this.#change
    const changed = new Set(this.#matches.flatMap((m) => (m.isUnchanged ? [] : [m.id])))
    const accepted = 'sent one request for all of them, and it was accepted'
    try {
      const first = new RecordQuery(this.#context, { limit: LOOKED_AT }, { signal })
      const seen = (await first.toArray()).filter(({ id }) => changed.has(id))
      if (change.change === 'deleted') return seen.length === 0
      if (seen.length === 0) this.#tried.push(accepted)
      return (
        seen.length > 0 && seen.every(({ values }) => holdsValues(values, change.set, this.#table))
      )
    } catch (error) {
      const failed = `could not read whether it changed them: ${messageOf(error)}`
      this.#tried.push(accepted, failed)
      return false
    }
  }

  #noteNulled([shown]: readonly WireRecord[]): void {
    const { set } = { set: {}, ...this.#change }
    this.#nulled = nulledColumns(shown, set, this.#context.dialect())
  }

  #ok(row: string, index: number): Outcome<string> {
    if (this.#matches[index]?.isUnchanged) {
      return { status: 'ok', index, row, id: row, change: 'unchanged' }
    }
    if (this.#nulled.length > 0) return nulledOutcome({ index, row }, row, this.#nulled)
    return { status: 'ok', index, row, id: row, change: this.#change.change }
  }

  #unknown(row: string, index: number, cause: unknown): Outcome<string> {
    if (this.#matches[index]?.isUnchanged) return this.#ok(row, index)
    const tried = [...this.#tried, `could not write them by id: ${messageOf(cause)}`]
    const error = new UnknownOutcomeError(`it is not known whether record ${row} was changed`, {
      hint: 'Read the records before changing them again; repeating the same change does no harm.',
      tried,
      cause,
    })
    return { status: 'unknown', index, row, id: row, error, tried }
  }

  #writeById(row: string, index: number): Outcome<string> | Promise<Outcome<string>> {
    const match = this.#matches[index]
    if (match?.isUnchanged) return this.#ok(row, index)
    const place = { index, row, before: match?.record, isKnown: true }
    return changeRecord(this.#context, this.#table, { ...this.#change, id: row }, place, this.#call)
  }
}

/** So many records show whether a write hit the table. */
const LOOKED_AT = 100

const READ_ALL = {
  skip: 0,
  want: undefined,
  ahead: 8,
  mayStopEarly: false,
  totalCounts: false,
  maxPasses: 3,
} as const
