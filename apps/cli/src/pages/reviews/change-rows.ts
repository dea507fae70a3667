/** Changes in the form of the page of changes. Pure. */
import {
  canonicalValue,
  type PreviewedChange,
  type Table,
  type Values,
} from '@chatlayer-tables/core'
import { type ChangeRow, toCell } from '@chatlayer-tables/views'

type Columns = Pick<Table, 'columns' | 'name' | 'id'>

/** A change that a write would make; not for records that stay as they are. */
export function previewedRow(
  { change, id, before, after }: PreviewedChange,
  index: number,
  table: Columns,
): ChangeRow {
  if (change === 'unchanged') throw new Error('an unchanged record has no row')
  const names = table.columns.map(({ name }) => name)
  return {
    ...{ index, kind: change, ...(id !== undefined && { id }) },
    ...(before !== undefined && { before: names.map((name) => toCell(before[name])) }),
    ...(after !== undefined && { after: names.map((name) => toCell(after[name])) }),
    ...(change === 'updated' && { changed: changedColumns(before, after, table) }),
  }
}

function changedColumns(before: Values = {}, after: Values = {}, table: Columns): number[] {
  return table.columns.flatMap(({ name }, index) => {
    const [old, now] = [before[name] ?? null, after[name] ?? null]
    return canonicalValue(old, name, table) === canonicalValue(now, name, table) ? [] : [index]
  })
}
