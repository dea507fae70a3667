/**
 * The wire from the side of a gateway: requests with plain names, and responses. For the emulator
 * and for test servers; a client does not need it.
 */

import type * as z from 'zod'
import type { ColumnType } from './column-types.ts'
import { type OperatorWord, operatorWord } from './operators.ts'
import type { ActionType, Customer, ErrorBody, Field, Filter, TableAction } from './schemas.ts'

export interface ReceivedFilter {
  readonly column: string
  readonly type: ColumnType
  readonly operator: OperatorWord
  readonly value: string | undefined
}

export interface ReceivedField {
  readonly column: string
  readonly type: ColumnType | undefined
  readonly value: string | null
}

export interface ReceivedAction {
  readonly type: ActionType
  readonly skip: number | undefined
  readonly limit: number | undefined
  readonly filters: readonly ReceivedFilter[]
  readonly fields: readonly ReceivedField[]
}

/** Converts a validated body; omitted lists are empty. */
export function receiveAction(action: TableAction): ReceivedAction {
  return {
    type: action.type,
    skip: action.skip,
    limit: action.limit,
    filters: action.filters?.map(receiveFilter) ?? [],
    fields: action.fields?.map(receiveField) ?? [],
  }
}

function receiveFilter(filter: Filter): ReceivedFilter {
  const operator = operatorWord(filter.operator)
  if (operator === undefined) throw new TypeError(`unknown operator "${filter.operator}"`)
  return { column: filter.columnName, type: filter.columnType, operator, value: filter.value }
}

function receiveField(field: Field): ReceivedField {
  return { column: field.columnName, type: field.columnType, value: field.value }
}

/**
 * One record as JSON text. `values` is JSON text too, so that numbers beyond a double's range keep
 * every digit; `id`, `createdAt` and `updatedAt` must not need escapes.
 */
export function recordText(record: {
  readonly id: string
  readonly createdAt: string
  readonly updatedAt: string
  readonly values: string
}): string {
  const { id, createdAt, updatedAt, values } = record
  return `{"id":"${id}","createdAt":"${createdAt}","updatedAt":"${updatedAt}","values":${values}}`
}

/** A page of records as JSON text, from records as JSON text. */
export function pageText(
  records: readonly string[],
  meta: { readonly total: number; readonly limit: number; readonly offset: number },
): string {
  const { total, limit, offset } = meta
  return `{"data":[${records.join(',')}],"meta":{"total":${total},"limit":${limit},"offset":${offset}}}`
}

export function wireCustomer(customer: {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly phone: string
  readonly createdAt: string
  readonly updatedAt: string
}): z.infer<typeof Customer> {
  const { id, name, email, phone, createdAt, updatedAt } = customer
  return {
    id,
    profile: { name, email, phone },
    created_at: createdAt,
    updated_at: updatedAt,
  }
}

export function errorBody(
  statusCode: number,
  error: string,
  message: string | string[],
): z.infer<typeof ErrorBody> {
  return { message, error, statusCode }
}
