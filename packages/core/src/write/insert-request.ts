/**
 * The INSERT of one row: its request, how its response is read, and how its record is identified
 * later.
 */
import {
  type ActionResponse,
  type Field,
  fieldColumn,
  insertAction,
  recordsOf,
  type Table,
  type WireRecord,
} from '@chatlayer-tables/contract'
import { ChatlayerError } from '../errors.ts'
import type { SendOptions } from '../send/sender.ts'
import type { StoredDifference, TableRecord, Values } from '../types.ts'
import { encodeFields } from '../values/encode.ts'
import { columnsOf } from '../values/table-shape.ts'
import type { GatewayMoment } from './clock.ts'
import { hasKey } from './identity.ts'
import type { InsertGroup } from './ledger.ts'
import { performAction } from './perform.ts'
import { storedDifferences } from './stored.ts'
import type { WriteContext } from './write-context.ts'

/** A row prepared for sending. */
export interface InsertRequest {
  readonly table: Table
  readonly values: Values
  /** Columns whose values are unique, if the caller names any. */
  readonly key: readonly string[] | undefined
  readonly fields: readonly Field[]
  /**
   * A text that rows share exactly when the record of one could be mistaken for the record of the
   * other.
   */
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
  const identifying = hasKey(values, key)
    ? fields.filter((field) => key?.includes(fieldColumn(field)))
    : fields
  const version = dialect.versions === 'shared' ? '' : context.version
  const content = `${table.id} ${version} ${JSON.stringify(inOrder(identifying, table))}`
  return { table, values, key, fields, content }
}

/** By the names of their columns, so that equal rows have equal lists. */
function inOrder(fields: readonly Field[], table: Table): readonly Field[] {
  const columns = columnsOf(table)
  const rankOf = (field: Field): number => columns.get(fieldColumn(field))?.rank ?? 0
  return fields.toSorted((a, b) => rankOf(a) - rankOf(b))
}

/**
 * Result of one send: the id of the new record and the values that are stored differently from what
 * was sent, where the response shows the record, or an error.
 */
export type Sent =
  | {
      readonly ok: true
      readonly id: string | undefined
      readonly stored: readonly StoredDifference[] | undefined
    }
  | { readonly ok: false; readonly error: ChatlayerError }

/**
 * Sends the row once, while no search for records of its content is in flight. Throws only an
 * abort.
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
 * The new record, where the response shows it, and the values that are stored differently from what
 * was sent. One INSERT creates one record: the only record in the response is ours, whatever form
 * its values have, unless it is known to belong to another row, or has other values and is older
 * than the attempt.
 */
function newRecordOf(
  { dialect, clock, ledger }: WriteContext,
  { table, values }: InsertRequest,
  body: ActionResponse,
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

/** A column that the gateway changes in one record, it is likely to change in the next. */
function noteAltered(
  { altered }: WriteContext,
  { id }: Table,
  stored: readonly StoredDifference[],
): void {
  const columns = altered.get(id) ?? new Set()
  altered.set(id, columns)
  for (const { column } of stored) columns.add(column)
}

/** Records that a row was written. @param moment before it was sent */
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

/**
 * Whether a record that resembles a row belongs to another row, which was written under an unknown
 * id.
 */
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
    // A value that cannot be written does not come from a row.
    return false
  }
}
