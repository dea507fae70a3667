/** Carries out each action on a table, and makes its response. */
import {
  type ActionType,
  DATA_PAGE,
  type Dialect,
  pageText,
  type ReceivedAction,
  recordText,
  type Version,
} from '@chatlayer-tables/contract'
import type { Cell } from './columns/codec.ts'
import { isoOfMicros } from './columns/timestamp.ts'
import { badRequest } from './errors.ts'
import type { Assignments, Condition, Store, StoredRecord } from './store.ts'
import type { ColumnInfo, TableInfo } from './tables.ts'
import { checkType, conditionOf, EVERY, NONE, parseCell } from './where.ts'

/** The emulator as one request sees it. */
export interface ActionContext {
  readonly store: Store
  readonly dialect: Dialect
  /** Microseconds since 1970 UTC. */
  readonly now: bigint
  /** A different order of the records for each number; undefined for the order of insertion. */
  readonly shuffle: number | undefined
}

export interface Target {
  readonly table: TableInfo
  readonly version: Version
}

type ActionHandler = (context: ActionContext, target: Target, action: ReceivedAction) => string

/** @throws Rejection 400 */
export function perform(context: ActionContext, target: Target, action: ReceivedAction): string {
  return actionHandlers[action.type](context, target, action)
}

const actionHandlers: Readonly<Record<ActionType, ActionHandler>> = {
  INSERT: insert,
  SELECT: select,
  UPDATE: update,
  DELETE: remove,
}

/** Fields may be omitted, even all of them: their columns are null. */
function insert(
  context: ActionContext,
  { table, version }: Target,
  action: ReceivedAction,
): string {
  refuseFilters(action)
  refusePaging(action)
  const values = assignmentsOf(context.dialect, table, action)
  const record = context.store.insert(
    table,
    keptVersion(context.dialect, version),
    values,
    context.now,
  )
  return context.dialect.insertAnswer === 'none'
    ? pageText([], { total: 0, limit: 0, offset: 0 })
    : pageText([textOf(record, table, context.dialect)], { total: 1, limit: 1, offset: 0 })
}

function select(context: ActionContext, target: Target, action: ReceivedAction): string {
  refuseFields(action)
  const { maxSelectLimit } = context.dialect
  const limit = action.limit ?? Math.min(DATA_PAGE.default, maxSelectLimit)
  if (limit > maxSelectLimit) throw badRequest(`limit must not be greater than ${maxSelectLimit}`)
  const where = conditionOf(action.filters, target.table, context.dialect) ?? EVERY
  return readPage(context, target, where, { limit, offset: action.skip ?? 0 })
}

function update(
  context: ActionContext,
  { table, version }: Target,
  action: ReceivedAction,
): string {
  refusePaging(action)
  if (action.fields.length === 0) throw badRequest('an update needs fields to write')
  const where = changeCondition(context.dialect, table, action)
  const values = assignmentsOf(context.dialect, table, action)
  const records = context.store.update(
    table,
    keptVersion(context.dialect, version),
    where,
    values,
    context.now,
  )
  return changeText(records, table, context.dialect)
}

function remove(
  context: ActionContext,
  { table, version }: Target,
  action: ReceivedAction,
): string {
  refusePaging(action)
  refuseFields(action)
  const where = changeCondition(context.dialect, table, action)
  const records = context.store.delete(table, keptVersion(context.dialect, version), where)
  return changeText(records, table, context.dialect)
}

/** A page of the records that match, and how many match in all. */
export function readPage(
  context: ActionContext,
  { table, version }: Target,
  where: Condition,
  page: { readonly limit: number; readonly offset: number },
): string {
  const { store, dialect, shuffle } = context
  const from = keptVersion(dialect, version)
  const records = store.select(table, from, where, { ...page, shuffle })
  const total = store.count(table, from, where)
  return pageText(
    records.map((record) => textOf(record, table, dialect)),
    { total, ...page },
  )
}

/** The version whose records to use: shared records are stored as DRAFT. */
export function keptVersion(dialect: Dialect, version: Version): Version {
  return dialect.versions === 'shared' ? 'DRAFT' : version
}

function changeCondition(dialect: Dialect, table: TableInfo, action: ReceivedAction): Condition {
  const where = conditionOf(action.filters, table, dialect)
  if (where !== undefined) return where
  switch (dialect.emptyFilter) {
    case 'all':
      return EVERY
    case 'none':
      return NONE
    case 'refused':
      throw badRequest('filters should not be empty')
  }
}

/** The values to write, by column. */
function assignmentsOf(dialect: Dialect, table: TableInfo, action: ReceivedAction): Assignments {
  const values = new Map<ColumnInfo, Cell | null>()
  for (const field of action.fields) {
    const column = table.byName.get(field.column)
    if (column === undefined) {
      if (dialect.unknownColumn === 'ignored') continue
      throw badRequest(`column "${field.column}" does not exist`)
    }
    checkType(column.name, field.type, column.type)
    if (values.has(column)) throw badRequest(`column "${column.name}" appears twice in fields`)
    values.set(
      column,
      isNull(field.value, dialect)
        ? null
        : keptCell(column, parseCell(column.name, column.codec, field.value, dialect), dialect),
    )
  }
  return values
}

function keptCell({ codec }: ColumnInfo, cell: Cell, dialect: Dialect): Cell {
  return codec.keep?.(cell, dialect) ?? cell
}

function isNull(value: string | null, dialect: Dialect): value is null {
  if (value === null) return true
  return (
    (dialect.nullEncoding === 'empty' && value === '') ||
    (dialect.nullEncoding === 'word' && value === 'null')
  )
}

function changeText(records: readonly StoredRecord[], table: TableInfo, dialect: Dialect): string {
  const total = records.length
  switch (dialect.changeAnswer) {
    case 'none':
      return pageText([], { total: 0, limit: 0, offset: 0 })
    case 'count':
      return pageText([], { total, limit: 0, offset: 0 })
    case 'unknown':
    case 'records':
      return pageText(
        records.map((record) => textOf(record, table, dialect)),
        { total, limit: total, offset: 0 },
      )
  }
}

function textOf(record: StoredRecord, table: TableInfo, dialect: Dialect): string {
  const values = table.columns.map((column, index) => {
    const value = record.values[index] ?? null
    return column.label + (value === null ? 'null' : column.codec.write(value, dialect))
  })
  return recordText({
    id: record.id,
    createdAt: isoOfMicros(record.created),
    updatedAt: isoOfMicros(record.updated),
    values: `{${values.join(',')}}`,
  })
}

// Arguments that an action does not use are rejected: the sender expects an effect.

function refuseFilters({ type, filters }: ReceivedAction): void {
  if (filters.length > 0) throw badRequest(`${type} takes no filters`)
}

function refuseFields({ type, fields }: ReceivedAction): void {
  if (fields.length > 0) throw badRequest(`${type} takes no fields`)
}

function refusePaging({ type, skip, limit }: ReceivedAction): void {
  if (skip !== undefined || limit !== undefined) throw badRequest(`${type} takes no skip or limit`)
}
