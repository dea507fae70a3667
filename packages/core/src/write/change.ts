/** UPDATE and DELETE of one record by its id: both can be repeated, since a repeat changes no more. */
import {
  type ColumnType,
  deleteAction,
  type Field,
  type Filter,
  recordFieldColumn,
  recordsOf,
  type Table,
  type TableAction,
  updateAction,
  wireFilter,
} from '@chatlayer-tables/contract'
import {
  ChatlayerError,
  NotExpressibleError,
  NotFoundError,
  UnknownOutcomeError,
} from '../errors.ts'
import { RecordQuery } from '../query/record-query.ts'
import type { CallOptions, Outcome, TableRecord, Values } from '../types.ts'
import { encodeFields } from '../values/encode.ts'
import type { WriteIntent } from './listener.ts'
import { holdsValues } from './same-values.ts'
import type { WriteContext } from './write-context.ts'

export type RecordChange =
  | { readonly change: 'updated'; readonly id: string; readonly set: Values }
  | { readonly change: 'deleted'; readonly id: string }

/**
 * Carries out one change by id. `before` is the record as it stood, where the caller has read it
 * already; otherwise it is read when the gateway's answer does not show that the record exists, or
 * when a listener wants it.
 */
export async function changeRecord<Row>(
  context: WriteContext,
  table: Table,
  change: RecordChange,
  place: { readonly index: number; readonly row: Row; readonly before?: TableRecord | undefined },
  options: CallOptions,
): Promise<Outcome<Row>> {
  const base = { index: place.index, row: place.row, id: change.id }
  let before = place.before
  let intent: WriteIntent | undefined
  try {
    const action = actionFor(context, table, change)
    if (before === undefined && (context.listener !== undefined || change.change === 'deleted')) {
      before = await readById(context, table, change.id, options)
    }
    if (context.listener !== undefined) {
      intent = intentOf(context, table, change, before)
      await context.listener.before(intent)
    }
    const outcome = await send(context, table, change, action, before, base, options)
    if (intent !== undefined) await context.listener?.after(intent, outcome)
    return outcome
  } catch (error) {
    if (!(error instanceof ChatlayerError)) throw error
    const outcome: Outcome<Row> = { ...base, status: 'rejected', error }
    if (intent !== undefined) await context.listener?.after(intent, outcome)
    return outcome
  }
}

async function send<Row>(
  context: WriteContext,
  table: Table,
  change: RecordChange,
  action: TableAction,
  before: TableRecord | undefined,
  base: { index: number; row: Row; id: string },
  options: CallOptions,
): Promise<Outcome<Row>> {
  try {
    const reply = await performAction(context, table, action, { ...options, repeatable: true })
    const shown = recordsOf(reply.body).some((record) => record.id === change.id)
    if (!shown && before === undefined) await readById(context, table, change.id, options)
    return { ...base, status: 'ok', change: change.change }
  } catch (error) {
    if (options.signal?.aborted === true) {
      return unknown(base, ['sent it, then stopped by the caller'], error)
    }
    if (!(error instanceof ChatlayerError) || error.executed === 'no') throw error
    return await lookAt(context, table, change, base, error, options)
  }
}

/** After the last repeat went unanswered: what does the record hold now? */
async function lookAt<Row>(
  context: WriteContext,
  table: Table,
  change: RecordChange,
  base: { index: number; row: Row; id: string },
  error: ChatlayerError,
  options: CallOptions,
): Promise<Outcome<Row>> {
  const tried = [`sent it ${error.request?.attempts ?? 1} times: ${error.message}`]
  let now: TableRecord | undefined
  try {
    now = await findById(context, change.id, options)
  } catch (cause) {
    return unknown(base, [...tried, `could not read the record: ${messageOf(cause)}`], cause)
  }
  const done =
    change.change === 'deleted'
      ? now === undefined
      : now !== undefined && holdsValues(now.values, change.set, table)
  if (done) return { ...base, status: 'ok', change: change.change }
  return unknown(base, [...tried, 'read the record: it is not changed yet'], error)
}

function unknown<Row>(
  base: { index: number; row: Row; id: string },
  tried: readonly string[],
  cause: unknown,
): Outcome<Row> {
  const error = new UnknownOutcomeError(`it is not known whether record ${base.id} was changed`, {
    hint: 'Read the record before changing it again; repeating the same change does no harm.',
    tried,
    cause,
  })
  return { ...base, status: 'unknown', error, tried }
}

function actionFor(context: WriteContext, table: Table, change: RecordChange): TableAction {
  const filters = [idFilter(context, change.id)]
  return change.change === 'deleted'
    ? deleteAction(filters)
    : updateAction(filters, encodeUpdate(context, table, change.set))
}

/** @throws InvalidInputError, NotExpressibleError */
export function encodeUpdate(context: WriteContext, table: Table, set: Values): Field[] {
  return encodeFields(set, table, context.dialect(), 'update')
}

function idFilter(context: WriteContext, id: string): Filter {
  const column = recordFieldColumn('id', context.dialect())
  if (column === undefined) {
    throw new NotExpressibleError('records of this gateway cannot be chosen by their id', {
      field: 'id',
      hint: 'The dialect setting idFilter is "none". Change records by a condition on columns that the gateway can filter.',
    })
  }
  return wireFilter({ name: column.name, type: column.type satisfies ColumnType }, 'eq', id)
}

export function performAction(
  context: WriteContext,
  table: Table,
  action: TableAction,
  options: CallOptions & { repeatable?: boolean },
) {
  return context.sender.send(
    'performTableAction',
    { params: { tableId: table.id }, query: { version: context.version }, body: action },
    options,
  )
}

async function findById(
  context: WriteContext,
  id: string,
  options: CallOptions,
): Promise<TableRecord | undefined> {
  return new RecordQuery(context, { where: { id: { eq: id } } }, options).first()
}

/** @throws NotFoundError when the table has no such record */
async function readById(
  context: WriteContext,
  table: Table,
  id: string,
  options: CallOptions,
): Promise<TableRecord> {
  const record = await findById(context, id, options)
  if (record !== undefined) return record
  throw new NotFoundError(`the table "${table.name}" has no record ${id} in ${context.version}`, {
    hint: 'It may have been deleted, or stand in the other version.',
  })
}

function intentOf(
  context: WriteContext,
  table: Table,
  change: RecordChange,
  before: TableRecord | undefined,
): WriteIntent {
  return {
    table,
    version: context.version,
    change: change.change,
    id: change.id,
    before,
    values: change.change === 'updated' ? change.set : undefined,
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
