/** Compares records between two polls. Pure. */
import { canonicalValue, type Table, type TableRecord, type Values } from '@chatlayer-tables/core'

/** The change of one record between two polls. */
export type WatchEvent =
  | { readonly event: 'added'; readonly record: TableRecord }
  | {
      readonly event: 'changed'
      readonly record: TableRecord
      readonly before: TableRecord
      /** The columns whose values differ, at least one. */
      readonly columns: readonly string[]
    }
  | { readonly event: 'removed'; readonly before: TableRecord }

/** @returns undefined if no value differs; dates are not compared */
export function compareRecords(
  before: TableRecord | undefined,
  after: TableRecord | undefined,
  table: Table,
): WatchEvent | undefined {
  if (before === undefined) return after && { event: 'added', record: after }
  if (after === undefined) return { event: 'removed', before }
  const columns = changedColumns(before.values, after.values, table)
  return columns.length === 0 ? undefined : { event: 'changed', record: after, before, columns }
}

function changedColumns(before: Values, after: Values, table: Table): string[] {
  const names = new Set([...Object.keys(after), ...Object.keys(before)])
  return [...names].filter((name) => {
    const [old, now] = [own(before, name), own(after, name)]
    return old !== now && canonicalValue(old, name, table) !== canonicalValue(now, name, table)
  })
}

function own(values: Values, name: string): unknown {
  return Object.hasOwn(values, name) ? (values[name] ?? null) : null
}

/** Compares all records of a table. */
export function compareAll(
  before: ReadonlyMap<string, TableRecord>,
  after: ReadonlyMap<string, TableRecord>,
  table: Table,
): WatchEvent[] {
  const events: WatchEvent[] = []
  const add = (event: WatchEvent | undefined): void => {
    if (event !== undefined) events.push(event)
  }
  for (const [id, old] of before) if (!after.has(id)) add(compareRecords(old, undefined, table))
  for (const [id, record] of after) add(compareRecords(before.get(id), record, table))
  return events
}
