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
} from '@chatlayer-tables/contract'
import { ChatlayerError, InvalidInputError, NotExpressibleError, RejectedError } from '../errors.ts'
import type { Condition } from '../query/condition.ts'
import { evaluate } from '../query/evaluate.ts'
import { selectPages } from '../query/page.ts'
import { parseWhere } from '../query/parse-where.ts'
import { readRecords } from '../query/read.ts'
import { RecordQuery } from '../query/record-query.ts'
import { coverOf } from '../query/wire-filter.ts'
import type {
  CallOptions,
  Outcome,
  StoredDifference,
  TableRecord,
  Values,
  Where,
} from '../types.ts'
import { decodeRecord, decoderOf } from '../values/decode.ts'
import type { Work } from './bulk-write.ts'
import { changeRecord, encodeUpdate, READ_FIRST, type RecordChange } from './change.ts'
import { ensureIdFilter, idColumn } from './id-filter.ts'
import { tellAfter, type WriteIntent, type WriteListener } from './listener.ts'
import { done, messageOf, notSent, unknown } from './outcomes.ts'
import { performAction } from './perform.ts'
import { holdsValues } from './same-values.ts'
import { storedDifferences } from './stored.ts'
import type { WriteContext } from './write-context.ts'

/** Whole records are kept up to this many, for their values as they stood; beyond it only ids. */
const MAX_RECORDS_KEPT = 20_000
/** So many records show whether a write without filters hit the table. */
const LOOKED_AT = 100

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
 * The filters that express a whole condition to the gateway, or undefined where they cannot. With a
 * listener each record is written by itself, so that what it keeps is what was written, unless the
 * gateway cannot choose a record by its id.
 */
function wholeFilters(
  context: WriteContext,
  condition: Condition,
  table: Table,
): readonly Filter[] | undefined {
  const dialect = context.dialect()
  if (context.listener !== undefined && dialect.idFilter !== 'none') return undefined
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

/**
 * Finds the records and prepares the writes; the rows are the records' ids. Where one request can
 * write them all, it is sent here.
 */
export async function writeWhere(
  context: WriteContext,
  where: Where,
  { change, set }: RecordChange,
  options: CallOptions & { readonly all?: boolean | undefined },
): Promise<Work<string>> {
  const { signal, timeoutMs } = options
  const call = { signal, timeoutMs }
  const table = await context.definition(options)
  const condition = checkWhere(where, table, options.all)
  checkAim(context, condition, table)
  const fields = set === undefined ? undefined : encodeUpdate(context, table, set)
  const matches: Match[] = []
  /** What was sent for all records together, with an end that is open. */
  const tried: string[] = []
  const filters = wholeFilters(context, condition, table)
  /** What records hold otherwise than it was sent, by their ids. */
  const stored = new Map<string, readonly StoredDifference[]>()

  function isDone(values: Values): boolean {
    return (
      set !== undefined && holdsValues(values, set, table, context.dialect().timestampPrecision)
    )
  }

  function add(record: TableRecord): void {
    const isKept = matches.length < MAX_RECORDS_KEPT
    if (!isKept && context.listener !== undefined && filters !== undefined) throw tooMany(table)
    const isUnchanged = isDone(record.values)
    matches.push({ id: record.id, isUnchanged, record: isKept ? record : undefined })
  }

  /** @returns whether the filters, where there are any, hit these records and no others */
  async function find(filters: readonly Filter[] | undefined): Promise<boolean> {
    if (filters !== undefined && filters.length > 0) return findBy(filters)
    for await (const record of new RecordQuery(context, { where }, { signal })) add(record)
    return true
  }

  /**
   * Finds the records by the very filters that are to write them. That the gateway takes them as we
   * mean them is assumed (that it joins them with AND, say): whether it does shows here.
   */
  async function findBy(filters: readonly Filter[]): Promise<boolean> {
    const decoder = decoderOf(table)
    let areExact = true
    const pages = readRecords(selectPages(context, table, filters, call), {
      pageSize: context.dialect().maxSelectLimit,
      skip: 0,
      want: undefined,
      ahead: 8,
      mayStopEarly: false,
      totalCounts: false,
      maxPasses: 3,
      signal,
    })
    for await (const page of pages) {
      for (const wire of page) {
        const record = decodeRecord(wire, decoder)
        if (evaluate(condition, record) === true) add(record)
        else areExact = false
      }
    }
    return areExact
  }

  /**
   * One request for all records. False when it was not carried out, or its fate is unknown: the
   * records are then written by id, which cannot change more than this request would have.
   */
  async function writeBy(filters: readonly Filter[]): Promise<boolean> {
    const action = fields === undefined ? deleteAction(filters) : updateAction(filters, fields)
    try {
      const { body } = await performAction(context, table, action, call)
      for (const shown of set === undefined ? [] : recordsOf(body)) {
        const differences = storedDifferences(shown, set ?? {}, table)
        if (differences !== undefined) stored.set(shown.id, differences)
      }
    } catch (error) {
      // That filters may be left out is assumed.
      if (filters.length === 0 && error instanceof RejectedError) return false
      const isOpen =
        error instanceof ChatlayerError ? error.executed === 'maybe' : signal?.aborted === true
      if (!isOpen) throw error
      tried.push(`sent one request for all of them: ${messageOf(error)}`)
      return false
    }
    return filters.length > 0 || hasHitAll()
  }

  /** Whether a write without filters, which may hit nothing, shows on the first records of the table. */
  async function hasHitAll(): Promise<boolean> {
    const changed = new Set(matches.flatMap(({ id, isUnchanged }) => (isUnchanged ? [] : [id])))
    const accepted = 'sent one request for all of them, and it was accepted'
    try {
      const first = new RecordQuery(context, { limit: LOOKED_AT }, { signal })
      const seen = (await first.toArray()).filter(({ id }) => changed.has(id))
      if (set === undefined) return seen.length === 0
      if (seen.length === 0) tried.push(accepted)
      return seen.length > 0 && seen.every(({ values }) => isDone(values))
    } catch (error) {
      tried.push(accepted, `could not read whether it changed them: ${messageOf(error)}`)
      return false
    }
  }

  /** Gives the rows that need to be written their outcomes. */
  function work(
    write: (
      match: Match,
      place: { index: number; row: string; id: string },
    ) => Promise<Outcome<string>> | Outcome<string>,
    decided = false,
  ): Work<string> {
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

  const areExact = await find(filters)
  const first = matches.find(({ isUnchanged }) => !isUnchanged)
  if (first === undefined) return work((_, place) => done(place, change))
  if (filters !== undefined && areExact) {
    const { listener } = context
    const intents = listener && (await announce(context, listener, table, { change, set }, matches))
    const isWritten = await writeBy(filters).catch(async (error: unknown) => {
      // It was not carried out: an open end would have been no error.
      for (const intent of intents?.values() ?? []) {
        const outcome = notSent({ index: 0, row: intent.id }, error, signal)
        await listener?.after(intent, outcome)
      }
      throw error
    })
    if (isWritten || intents !== undefined) {
      return work(async (_, place) => {
        const outcome = isWritten
          ? done(place, change, stored.get(place.id))
          : unknown(place, { question: `record ${place.id} was changed`, hint: READ_FIRST, tried })
        const intent = intents?.get(place.id)
        if (listener !== undefined && intent !== undefined) {
          await tellAfter(listener, intent, outcome)
        }
        return outcome
      }, true)
    }
  }
  try {
    signal?.throwIfAborted()
    await ensureIdFilter(context, table, first.id, call)
  } catch (cause) {
    if (tried.length === 0) throw cause
    tried.push(`could not write them by id: ${messageOf(cause)}`)
    return work((_, place) => {
      const question = `record ${place.id} was changed`
      return unknown(place, { question, hint: READ_FIRST, tried, cause })
    }, true)
  }
  return work(({ record }, place) => {
    const known = { ...place, before: record, isKnown: true }
    return changeRecord(context, table, { change, set }, known, call)
  })
}

/** Calls a listener for each record that one request is going to write, before it leaves. */
async function announce(
  { clock, version }: WriteContext,
  listener: WriteListener,
  table: Table,
  { change, set: values }: RecordChange,
  matches: readonly Match[],
): Promise<ReadonlyMap<string, WriteIntent>> {
  const moment = clock.moment()
  const intents = new Map<string, WriteIntent>()
  for (const { id, isUnchanged, record: before } of matches) {
    if (isUnchanged) continue
    const intent = { table, version, change, id, before, values, moment }
    await listener.before(intent)
    intents.set(id, intent)
  }
  return intents
}

function tooMany({ name }: Table): NotExpressibleError {
  return new NotExpressibleError(
    `more than ${MAX_RECORDS_KEPT} records of "${name}" meet the condition, and this gateway cannot choose a record by its id`,
    { field: 'where', hint: 'Nothing was changed. Write them in parts, by narrower conditions.' },
  )
}
