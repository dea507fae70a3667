/** The INSERT of one row: what it sends, how its answer is read, and how its record is known again. */
import {
  type ActionAnswer,
  canonicalFields,
  type Field,
  insertAction,
  recordsOf,
  type Table,
  type WireRecord,
} from '@chatlayer-tables/contract'
import { ChatlayerError } from '../errors.ts'
import type { SendOptions } from '../send/sender.ts'
import type { StoredDifference, TableRecord, Values } from '../types.ts'
import { encodeFields } from '../values/encode.ts'
import type { GatewayMoment } from './clock.ts'
import { hasKey } from './identity.ts'
import type { InsertGroup } from './ledger.ts'
import { performAction } from './perform.ts'
import { storedDifferences } from './stored.ts'
import type { WriteContext } from './write-context.ts'

/** A row made ready to be sent. */
export interface InsertRequest {
  readonly table: Table
  readonly values: Values
  /** Columns whose values no two records share, where the caller names any. */
  readonly key: readonly string[] | undefined
  readonly fields: readonly Field[]
  /** A text that rows have in common exactly when one's record could be taken for the other's. */
  readonly content: string
}

/** @throws InvalidInputError, NotExpressibleError */
export function insertRequest(
  context: WriteContext,
  table: Table,
  values: Values,
  key: readonly string[] | undefined,
): InsertRequest {
  const dialect = context.dialect()
  const fields = encodeFields(values, table, dialect, 'insert')
  const telling = canonicalFields(fields, hasKey(values, key) ? key : undefined)
  const version = dialect.versions === 'shared' ? '' : context.version
  const content = `${table.id} ${version} ${JSON.stringify(telling)}`
  return { table, values, key, fields, content }
}

/**
 * How one send ended: with the new record's id and what it holds otherwise than it was sent, where
 * the response shows the record, or with an error.
 */
export type Sent =
  | {
      readonly ok: true
      readonly id: string | undefined
      readonly stored: readonly StoredDifference[] | undefined
    }
  | { readonly ok: false; readonly error: ChatlayerError }

/**
 * Sends it once, while no search for records of its content is in flight. Only an abort is thrown.
 */
export async function sendInsert(
  context: WriteContext,
  request: InsertRequest,
  group: InsertGroup,
  options: SendOptions,
): Promise<Sent> {
  if (!group.tryBegin()) await group.begin()
  const { clock } = context
  const moment = clock.moment()
  try {
    const action = insertAction(request.fields)
    const { body } = await performAction(context, request.table, action, options)
    const found = newRecordOf(context, request, body, moment)
    if (found?.record.createdAt !== undefined) clock.noteCreated(found.record.createdAt)
    noteInserted(context, request, group, found?.record.id, moment)
    if (found?.stored !== undefined) noteAltered(context, request.table, found.stored)
    return { ok: true, id: found?.record.id, stored: found?.stored }
  } catch (error) {
    if (error instanceof ChatlayerError) return { ok: false, error }
    throw error
  } finally {
    group.end()
  }
}

/**
 * The new record, where the response shows it, and what it holds otherwise than it was sent. One
 * INSERT makes one record: the only one in the response is ours, whatever the gateway made of its
 * values, unless it is known to be another row's, or holds other values and is older than the attempt.
 */
function newRecordOf(
  { dialect, clock, ledger }: WriteContext,
  { table, values }: InsertRequest,
  body: ActionAnswer,
  moment: GatewayMoment | undefined,
): { record: WireRecord; stored: readonly StoredDifference[] | undefined } | undefined {
  const [record, ...others] = recordsOf(body)
  const { insertAnswer } = dialect()
  if (record === undefined || others.length > 0 || insertAnswer === 'none') return undefined
  const stored = storedDifferences(record, values, table)
  const isOther =
    insertAnswer === 'unknown' &&
    (ledger.isTaken(table.id, record.id) ||
      (stored !== undefined && clock.whenMade(record.createdAt ?? '', moment) === 'before'))
  return isOther ? undefined : { record, stored }
}

/** What the gateway changes in one record, it is likely to change in the next. */
function noteAltered(
  { altered }: WriteContext,
  { id }: Table,
  stored: readonly StoredDifference[],
): void {
  const columns = altered.get(id) ?? new Set()
  altered.set(id, columns)
  for (const { column } of stored) columns.add(column)
}

/** Notes that a row was written. @param moment before it was sent */
export function noteInserted(
  { ledger }: WriteContext,
  { table }: InsertRequest,
  group: InsertGroup,
  id: string | undefined,
  moment: GatewayMoment | undefined,
): void {
  const endedAt = performance.now()
  if (id === undefined) group.landAnonymously(moment, endedAt)
  else ledger.take(table.id, id, endedAt)
}

/** Whether a record that resembles a row is that of another row, which landed under an unknown id. */
export function isOfOtherRow(
  context: WriteContext,
  { table, key, content }: InsertRequest,
  { values }: TableRecord,
): boolean {
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null))
  try {
    const other = insertRequest(context, table, given, key)
    return other.content !== content && context.ledger.hasAnonymous(other.content)
  } catch {
    // A value that could not have been written was not written by a row.
    return false
  }
}
