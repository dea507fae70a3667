/**
 * UPDATE and DELETE by a condition. The records are found first. Then the gateway changes them by its
 * own filters in one request where it can; otherwise they are changed one by one by their ids.
 */
import {
  deleteAction,
  type Field,
  type Filter,
  recordsOf,
  type Table,
  updateAction,
} from '@chatlayer-tables/contract'
import { ChatlayerError, RejectedError } from '../errors.ts'
import type { Condition } from '../query/condition.ts'
import { evaluate } from '../query/evaluate.ts'
import { selectPages } from '../query/page.ts'
import { AHEAD } from '../query/parse-query.ts'
import { MAX_PASSES, readRecords } from '../query/read.ts'
import { RecordQuery } from '../query/record-query.ts'
import type { Where } from '../query/where-types.ts'
import type { SendCheck } from '../send/sender.ts'
import type { CallOptions, Outcome, StoredDifference, TableRecord, Values } from '../types.ts'
import { decodeRecord, decoderOf } from '../values/decode.ts'
import type { Work } from './bulk-write.ts'
import { changeRecord, encodeUpdate, READ_FIRST, type RecordChange } from './change.ts'
import { checkAim, checkWhere, tooManyMatches, wholeFilters } from './check-where.ts'
import { ensureIdFilter } from './id-filter.ts'
import { allOf, checkOf, notifyAfter, type WriteIntent, type WriteListener } from './listener.ts'
import { done, messageOf, notSent, unknown } from './outcomes.ts'
import { performAction } from './perform.ts'
import { holdsValues } from './same-values.ts'
import { storedDifferences } from './stored.ts'
import type { WriteContext } from './write-context.ts'

/** Whole records are kept up to this number, for their values before the change; beyond it only ids. */
const MAX_RECORDS_KEPT = 20_000
/** Records to read to see whether a write without filters changed the table. */
const CHECKED_RECORDS = 100

/** A record that was found. */
interface Match {
  readonly id: string
  /** Whether it already holds the values to write. */
  readonly isUnchanged: boolean
  /** The record with its values, if they are kept. */
  readonly record: TableRecord | undefined
}

type RecordPlace = { readonly index: number; readonly row: string; readonly id: string }
type WriteMatch = (match: Match, place: RecordPlace) => Promise<Outcome<string>> | Outcome<string>

/**
 * Finds the records and prepares the writes; the rows are the records' ids. Where one request can
 * write them all, it is sent here.
 */
export async function writeWhere(
  context: WriteContext,
  table: Table,
  where: Where,
  change: RecordChange,
  options: CallOptions & { readonly all?: boolean | undefined },
): Promise<Work<string>> {
  const { signal, timeoutMs, all } = options
  const target = { where, condition: checkWhere(where, table, all) }
  checkAim(context, target.condition, table)
  return new WhereWriter(context, table, target, change, { signal, timeoutMs }).prepare()
}

interface Target {
  readonly where: Where
  /** `where`, parsed. */
  readonly condition: Condition
}

class WhereWriter {
  readonly #context: WriteContext
  readonly #table: Table
  readonly #target: Target
  readonly #change: RecordChange
  readonly #call: CallOptions
  /** The filters that write all records in one request, where there are such filters. */
  readonly #filters: readonly Filter[] | undefined
  /** The values to write; undefined for a delete. */
  readonly #fields: readonly Field[] | undefined
  readonly #matches: Match[] = []
  /** What was sent for all records together and has an unknown outcome. */
  readonly #tried: string[] = []
  /** By record id, the values that were stored in another form than they were sent. */
  readonly #stored = new Map<string, readonly StoredDifference[]>()

  constructor(
    context: WriteContext,
    table: Table,
    target: Target,
    change: RecordChange,
    call: CallOptions,
  ) {
    this.#context = context
    this.#table = table
    this.#target = target
    this.#change = change
    this.#call = call
    this.#filters = wholeFilters(context, target.condition, table)
    this.#fields = change.set && encodeUpdate(context, table, change.set)
  }

  async prepare(): Promise<Work<string>> {
    const { change } = this.#change
    const areExact = await this.#find()
    const first = this.#matches.find(({ isUnchanged }) => !isUnchanged)
    if (first === undefined) return this.#work((_, place) => done(place, change))
    if (this.#filters !== undefined && areExact) {
      const work = await this.#writeTogether(this.#filters)
      if (work !== undefined) return work
    }
    return this.#writeById(first)
  }

  /** @returns whether the filters, where there are any, match these records and no others */
  async #find(): Promise<boolean> {
    const filters = this.#filters
    if (filters !== undefined && filters.length > 0) return this.#findBy(filters)
    const { where } = this.#target
    const { signal } = this.#call
    for await (const record of new RecordQuery(this.#context, { where }, { signal })) {
      this.#add(record)
    }
    return true
  }

  /**
   * Finds the records by the same filters that will write them. How the gateway combines filters is
   * an assumption; the records it returns show whether the assumption is right.
   */
  async #findBy(filters: readonly Filter[]): Promise<boolean> {
    const decoder = decoderOf(this.#table)
    let areExact = true
    const fetch = selectPages(this.#context, this.#table, filters, this.#call)
    const pages = readRecords(fetch, {
      pageSize: this.#context.dialect().maxSelectLimit,
      skip: 0,
      want: undefined,
      ahead: AHEAD,
      mayStopEarly: false,
      totalCounts: false,
      maxPasses: MAX_PASSES,
      signal: this.#call.signal,
    })
    for await (const page of pages) {
      for (const wire of page) {
        const record = decodeRecord(wire, decoder)
        if (evaluate(this.#target.condition, record) === true) this.#add(record)
        else areExact = false
      }
    }
    return areExact
  }

  #add(record: TableRecord): void {
    const isKept = this.#matches.length < MAX_RECORDS_KEPT
    if (!isKept && this.#context.listener !== undefined && this.#filters !== undefined) {
      throw tooManyMatches(this.#table, MAX_RECORDS_KEPT)
    }
    const isUnchanged = this.#holdsSet(record.values)
    this.#matches.push({ id: record.id, isUnchanged, record: isKept ? record : undefined })
  }

  #holdsSet(values: Values): boolean {
    const { set } = this.#change
    const { timestampPrecision } = this.#context.dialect()
    return set !== undefined && holdsValues(values, set, this.#table, timestampPrecision)
  }

  /** @returns undefined when the records are to be written by id */
  async #writeTogether(filters: readonly Filter[]): Promise<Work<string> | undefined> {
    const { listener } = this.#context
    const checks: SendCheck[] = []
    const intents = listener && (await this.#announce(listener, checks))
    const isWritten = await this.#writeBy(filters, checks).catch(async (error: unknown) => {
      // Nothing was changed: for an unknown outcome, `writeBy` returns false.
      for (const intent of intents?.values() ?? []) {
        const outcome = notSent({ index: 0, row: intent.id }, error, this.#call.signal)
        await listener?.after(intent, outcome)
      }
      throw error
    })
    if (!isWritten && intents === undefined) return undefined
    return this.#work(async (_, place) => {
      const outcome = isWritten
        ? done(place, this.#change.change, this.#stored.get(place.id))
        : this.#unknown(place)
      const intent = intents?.get(place.id)
      if (listener !== undefined && intent !== undefined) {
        await notifyAfter(listener, intent, outcome)
      }
      return outcome
    }, true)
  }

  /**
   * Calls a listener for each record that one request will write, before the request is sent.
   *
   * @param checks to which those of the listener are added
   */
  async #announce(
    listener: WriteListener,
    checks: SendCheck[],
  ): Promise<ReadonlyMap<string, WriteIntent>> {
    const { clock, version } = this.#context
    const { change, set: values } = this.#change
    const moment = clock.moment()
    const intents = new Map<string, WriteIntent>()
    for (const { id, isUnchanged, record: before } of this.#matches) {
      if (isUnchanged) continue
      const intent = { table: this.#table, version, change, id, before, values, moment }
      const check = checkOf(await listener.before(intent))
      if (check !== undefined) checks.push(check)
      intents.set(id, intent)
    }
    return intents
  }

  /**
   * Sends one request for all records. False when it was not carried out, or its outcome is unknown:
   * the records are then written by id, which cannot change more than this request would have.
   */
  async #writeBy(filters: readonly Filter[], checks: readonly SendCheck[]): Promise<boolean> {
    const { set } = this.#change
    const fields = this.#fields
    const action = fields === undefined ? deleteAction(filters) : updateAction(filters, fields)
    try {
      const call = { ...this.#call, check: allOf(checks) }
      const { body } = await performAction(this.#context, this.#table, action, call)
      for (const shown of set === undefined ? [] : recordsOf(body)) {
        const differences = storedDifferences(shown, set ?? {}, this.#table)
        if (differences !== undefined) this.#stored.set(shown.id, differences)
      }
    } catch (error) {
      // A gateway that rejects a write without filters: that it accepts one is an assumption.
      if (filters.length === 0 && error instanceof RejectedError) return false
      const isUnknown =
        error instanceof ChatlayerError
          ? error.executed === 'maybe'
          : this.#call.signal?.aborted === true
      if (!isUnknown) throw error
      this.#tried.push(`sent one request for all of them: ${messageOf(error)}`)
      return false
    }
    return filters.length > 0 || this.#hasChangedAll()
  }

  /** Whether the first records of the table show that a write without filters changed them. */
  async #hasChangedAll(): Promise<boolean> {
    const ids = this.#matches.flatMap(({ id, isUnchanged }) => (isUnchanged ? [] : [id]))
    const changed = new Set(ids)
    const accepted = 'sent one request for all of them, and it was accepted'
    try {
      const { signal } = this.#call
      const first = new RecordQuery(this.#context, { limit: CHECKED_RECORDS }, { signal })
      const seen = (await first.toArray()).filter(({ id }) => changed.has(id))
      if (this.#change.set === undefined) return seen.length === 0
      if (seen.length === 0) this.#tried.push(accepted)
      return seen.length > 0 && seen.every(({ values }) => this.#holdsSet(values))
    } catch (error) {
      this.#tried.push(accepted, `could not read whether it changed them: ${messageOf(error)}`)
      return false
    }
  }

  async #writeById(first: Match): Promise<Work<string>> {
    const context = this.#context
    try {
      this.#call.signal?.throwIfAborted()
      await ensureIdFilter(context, this.#table, first.id, this.#call)
    } catch (cause) {
      if (this.#tried.length === 0) throw cause
      this.#tried.push(`could not write them by id: ${messageOf(cause)}`)
      return this.#work((_, place) => this.#unknown(place, cause), true)
    }
    return this.#work(({ record }, place) => {
      const known = { ...place, before: record, isKnown: true }
      return changeRecord(context, this.#table, this.#change, known, this.#call)
    })
  }

  #unknown(place: RecordPlace, cause?: unknown): Outcome<string> {
    const question = `record ${place.id} was changed`
    return unknown(place, { question, hint: READ_FIRST, tried: this.#tried, cause })
  }

  /** The records as rows; `write` is called for those that need a change. */
  #work(write: WriteMatch, decided = false): Work<string> {
    const matches = this.#matches
    return {
      rows: matches.map(({ id }) => id),
      write(id, index) {
        const place = { index, row: id, id }
        const match = matches[index]
        if (match === undefined || match.isUnchanged) return done(place, 'unchanged')
        return write(match, place)
      },
      decided,
    }
  }
}
