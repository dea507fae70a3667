/** Builders of the action body, so that no name of the wire is used anywhere else. */

import * as z from 'zod'
import type { ColumnType } from './column-types.ts'
import type { Dialect } from './dialect.ts'
import {
  OPERATORS,
  type OperatorWord,
  operatorWord,
  type UNDECLARED_OPERATORS,
} from './operators.ts'
import type { ActionResponse, WireRecord } from './responses.ts'
import { ActionType, type Field, type Filter, type TableAction } from './schemas.ts'

/** Fields of a record besides its values. */
export const RECORD_FIELDS = ['id', 'createdAt', 'updatedAt'] as const
export type RecordField = (typeof RECORD_FIELDS)[number]

/** A column of a filter. */
export interface FilterColumn {
  readonly name: string
  readonly type: ColumnType
}

/** The filter column of a record's id or date; undefined where the dialect has none. */
export function recordFieldColumn(field: RecordField, dialect: Dialect): FilterColumn | undefined {
  if (field === 'id') {
    return dialect.idFilter === 'none' ? undefined : { name: 'id', type: dialect.idFilter }
  }
  switch (dialect.timestampFilter) {
    case 'none':
      return undefined
    case 'camel':
      return { name: field, type: 'timestamp' }
    case 'snake':
      return { name: field === 'createdAt' ? 'created_at' : 'updated_at', type: 'timestamp' }
  }
}

export function wireFilter(column: FilterColumn, operator: OperatorWord, value: string): Filter {
  return { columnName: column.name, columnType: column.type, operator, value }
}

/** A filter with an operator that is not declared, for a probe. */
export function undeclaredFilter(
  column: FilterColumn,
  operator: (typeof UNDECLARED_OPERATORS)[number],
  value: string,
): Filter {
  return { columnName: column.name, columnType: column.type, operator, value }
}

/** A filter as text, such as `age >= "18"`. */
export function describeFilter({ columnName, operator, value }: Filter): string {
  const word = operatorWord(operator)
  const sign = word === undefined ? undefined : OPERATORS[word].sign
  return `${columnName} ${sign ?? operator} ${JSON.stringify(value ?? '')}`
}

/** `type` is omitted for a column whose declared type is not a type of the wire. */
export function wireField(name: string, type: ColumnType | undefined, value: string | null): Field {
  return { columnName: name, value, ...(type !== undefined && { columnType: type }) }
}

/** The name of the column that a field sets. */
export function fieldColumn(field: Field): string {
  return field.columnName
}

export function insertAction(fields: readonly Field[]): TableAction {
  return { type: 'INSERT', fields: [...fields] }
}

export function selectAction(select: {
  readonly filters: readonly Filter[]
  readonly skip?: number | undefined
  readonly limit?: number | undefined
}): TableAction {
  return {
    type: 'SELECT',
    filters: [...select.filters],
    ...(select.skip !== undefined && { skip: select.skip }),
    ...(select.limit !== undefined && { limit: select.limit }),
  }
}

/** Caution: an empty list of filters probably matches every record (see `emptyFilter` of the dialect). */
export function updateAction(filters: readonly Filter[], fields: readonly Field[]): TableAction {
  return { type: 'UPDATE', filters: [...filters], fields: [...fields] }
}

/** Caution: an empty list of filters probably matches every record (see `emptyFilter` of the dialect). */
export function deleteAction(filters: readonly Filter[]): TableAction {
  return { type: 'DELETE', filters: [...filters] }
}

/** The type of an action's body, as far as it has one. */
export function actionTypeOf(body: unknown): ActionType | undefined {
  const { data } = ActionHead.safeParse(body)
  return data?.type
}

const ActionHead = z.object({ type: ActionType })

/** The records in the response to an action, in any supported form; an empty list for none. */
export function recordsOf(response: ActionResponse): readonly WireRecord[] {
  const { data } = response
  if (data === undefined || data === null) return []
  return Array.isArray(data) ? data : [data as WireRecord]
}
