/** The INSERT of one row: what it sends, how its answer is read, and how its record is known again. */
import {
  canonicalFields,
  type Field,
  insertAction,
  recordsOf,
  type Table,
  type WireRecord,
} from '@chatlayer-tables/contract'
import { ChatlayerError } from '../errors.ts'
import type { SendOptions } from '../send/sender.ts'
import type { TableRecord, Values } from '../types.ts'
import { decodeRecord, decoderOf } from '../values/decode.ts'
import { encodeFields } from '../values/encode.ts'
import { hasKey } from './identity.ts'
import type { InsertGroup } from './ledger.ts'
import { nulledColumns } from './nulled.ts'
import { performAction } from './perform.ts'
import { holdsValues } from './same-values.ts'
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
 * How one send ended: with the new record's id, where the answer tells it, and the columns of which
 * the gateway made null, or with an error.
 */
export type Sent =
  | { readonly ok: true; readonly id: string | undefined; readonly nulled: readonly string[] }
  | { readonly ok: false; readonly error: ChatlayerError }

/** Sends it once, while no look at records of its content is under way. Only an abort is thrown. */
export async function sendInsert(
  context: WriteContext,
  request: InsertRequest,
  group: InsertGroup,
  options: SendOptions,
): Promise<Sent> {
  if (!group.tryBegin()) await group.begin()
  try {
    const action = insertAction(request.fields)
    const { body, sentAt, receivedAt } = await performAction(
      context,
      request.table,
      action,
      options,
    )
    const [only, ...others] = recordsOf(body)
    const shown = others.length === 0 ? only : undefined
    const nulled = nulledColumns(shown, request.values, context.dialect())
    const record = nulled.length > 0 || isOurs(context, request, shown) ? shown : undefined
    if (record?.createdAt !== undefined) context.clock.noteCreated(record.createdAt, receivedAt)
    noteLanded(context, request, group, record?.id, sentAt, receivedAt)
    return { ok: true, id: record?.id, nulled }
  } catch (error) {
    if (error instanceof ChatlayerError) return { ok: false, error }
    throw error
  } finally {
    group.end()
  }
}

/** Whether the one record of an answer is the new one. */
function isOurs(
  context: WriteContext,
  { table, values }: InsertRequest,
  shown: WireRecord | undefined,
): boolean {
  const { insertAnswer } = context.dialect()
  if (shown === undefined || insertAnswer === 'none') return false
  if (insertAnswer === 'record') return true
  return holdsValues(decodeRecord(shown, decoderOf(table)).values, values, table)
}

/** Notes that a row landed, between two moments of our clock. */
export function noteLanded(
  { ledger }: WriteContext,
  { table }: InsertRequest,
  group: InsertGroup,
  id: string | undefined,
  startedAt: number,
  endedAt: number,
): void {
  if (id === undefined) group.landAnonymously(startedAt, endedAt)
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
