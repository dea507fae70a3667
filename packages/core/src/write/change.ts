/** UPDATE and DELETE of one record by its id: both can be repeated, since a repeat changes no more. */
import {
  deleteAction,
  type Field,
  recordsOf,
  type Table,
  type TableAction,
  updateAction,
  wireFilter,
} from '@chatlayer-tables/contract'
import { ChatlayerError, NotFoundError } from '../errors.ts'
import { readById } from '../query/read-by-id.ts'
import type { Reply } from '../send/sender.ts'
import type { CallOptions, Outcome, TableRecord, Values } from '../types.ts'
import { encodeFields } from '../values/encode.ts'
import { checkId, ensureIdFilter, idColumn, isSameId } from './id-filter.ts'
import { tellListener } from './listener.ts'
import { done, messageOf, notSent, type Place, rejected, unknown } from './outcomes.ts'
import { performAction } from './perform.ts'
import { holdsValues } from './same-values.ts'
import { storedDifferences } from './stored.ts'
import type { WriteContext } from './write-context.ts'

/** What is done to a record; `set` is there for an update. */
export interface RecordChange {
  readonly change: 'updated' | 'deleted'
  readonly set?: Values | undefined
}

export interface ChangePlace<Row> extends Place<Row> {
  readonly id: string
  /** The record as it stood, where the caller has read it. */
  readonly before?: TableRecord | undefined
  /** Whether the caller has seen the record, even without keeping it. */
  readonly isKnown?: boolean | undefined
}

/** The hint for a change whose end is not known. */
export const READ_FIRST =
  'Read the record before changing it again; repeating the same change does no harm.'

/**
 * Carries out one change by id, with one request where that suffices. That the record exists is
 * taken from the caller or from the answer; where neither tells, it is read.
 *
 * @throws AfterFailure
 */
export async function changeRecord<Row>(
  context: WriteContext,
  table: Table,
  { change, set }: RecordChange,
  { before, isKnown = before !== undefined, ...place }: ChangePlace<Row>,
  { signal, timeoutMs }: CallOptions,
): Promise<Outcome<Row>> {
  const { id } = place
  const isDelete = change === 'deleted'
  const deadline = performance.now() + (timeoutMs ?? Number.POSITIVE_INFINITY)
  const call = { signal, timeoutMs, deadline, repeatable: true }

  function read(): Promise<TableRecord | undefined> {
    const left = Math.max(1, deadline - performance.now())
    const readCall = { signal, timeoutMs: timeoutMs === undefined ? undefined : left }
    return readById(context, id, readCall)
  }

  /** What there is to do before the request may leave; undefined where nothing is left to do. */
  async function prepare(): Promise<TableAction | undefined> {
    checkId(id)
    const filters = [wireFilter(idColumn(context.dialect()), 'eq', id)]
    const action = isDelete
      ? deleteAction(filters)
      : updateAction(filters, encodeUpdate(context, table, set ?? {}))
    const isThere = await ensureIdFilter(context, table, id, call)
    if (isThere === false) {
      if (isDelete && isKnown) return undefined
      throw missing()
    }
    isKnown ||= isThere === true
    const isWanted = context.listener !== undefined && before === undefined
    // A record that is deleted shows itself no more, unless the answer tells of it.
    const isLastChance = isDelete && !isKnown && !tellsOfChange(context)
    if (isWanted || isLastChance) {
      before = await read()
      if (before === undefined) throw missing()
      isKnown = true
    }
    return action
  }

  async function send(action: TableAction): Promise<Outcome<Row>> {
    let reply: Reply<'performTableAction'>
    try {
      reply = await performAction(context, table, action, call)
    } catch (error) {
      if (signal?.aborted === true) return inDoubt(['sent it, then stopped by the caller'], error)
      if (!(error instanceof ChatlayerError) || error.executed === 'no') {
        return notSent(place, error, signal)
      }
      return lookAt(error)
    }
    const [shown] = recordsOf(reply.body)
    const isShown = shown !== undefined && isSameId(shown.id, id)
    if (isShown) context.changes.areShown = true
    try {
      if (!isShown && !isKnown && !(await existed(reply))) return rejected(place, missing())
    } catch (cause) {
      const last = `could not read whether there is such a record: ${messageOf(cause)}`
      return inDoubt(['sent it, and it was accepted', last], cause)
    }
    const stored = isShown && set !== undefined ? storedDifferences(shown, set, table) : undefined
    return done(place, change, stored)
  }

  /** Whether there was such a record that the answer does not show. */
  async function existed({ body, attempts }: Reply<'performTableAction'>): Promise<boolean> {
    if (!tellsOfChange(context)) return (await read()) !== undefined
    // What an earlier attempt has deleted, the last one does not find.
    return (body.meta?.total ?? 0) > 0 || (attempts > 1 && isDelete)
  }

  /** After the last repeat went unanswered: what does the record hold now? */
  async function lookAt(error: ChatlayerError): Promise<Outcome<Row>> {
    const sent = `sent it ${error.request?.attempts ?? 1} times: ${error.message}`
    let now: TableRecord | undefined
    try {
      now = await read()
    } catch (cause) {
      return inDoubt([sent, `could not read the record: ${messageOf(cause)}`], cause)
    }
    if (now === undefined) return isDelete ? done(place, change) : rejected(place, missing())
    if (
      set !== undefined &&
      holdsValues(now.values, set, table, context.dialect().timestampPrecision)
    )
      return done(place, change)
    return inDoubt([sent, 'read the record: it is not changed yet'])
  }

  function inDoubt(tried: readonly string[], cause?: unknown): Outcome<Row> {
    return unknown(place, { question: `record ${id} was changed`, hint: READ_FIRST, tried, cause })
  }

  function missing(): NotFoundError {
    return missingRecord(context, table, id)
  }

  let action: TableAction | undefined
  try {
    action = await prepare()
  } catch (error) {
    return notSent(place, error, signal)
  }
  if (action === undefined) return done(place, change)
  const ready = action
  const { listener, version } = context
  if (listener === undefined) return send(ready)
  const moment = context.clock.moment()
  const intent = { table, version, change, id, before, values: set, moment }
  return tellListener(listener, intent, place, () => send(ready))
}

/** Whether an answer to a change tells if there was anything to change. */
function tellsOfChange({ changes, dialect }: WriteContext): boolean {
  const { changeAnswer } = dialect()
  return changes.areShown || changeAnswer === 'records' || changeAnswer === 'count'
}

export function missingRecord({ version }: WriteContext, table: Table, id: string): NotFoundError {
  return new NotFoundError(`the table "${table.name}" has no record ${id} in ${version}`, {
    hint: 'It may have been deleted, or stand in the other version.',
  })
}

/** @throws InvalidInputError, NotExpressibleError */
export function encodeUpdate(context: WriteContext, table: Table, set: Values): Field[] {
  return encodeFields(set, table, context.dialect(), 'update')
}
