/** The record's own id and dates as columns of a file. */
import { RECORD_FIELDS, type RecordField } from '@chatlayer-tables/contract'
import type { Table } from '@chatlayer-tables/core'

/**
 * Under which titles a file has them: `id`, `createdAt` and `updatedAt`; where the table has a column
 * that an import would take for one of these, `record id` and so on. So a title of a column of the
 * table is never one of these, and an import knows them by the table alone.
 */
export function metaTitles({ columns }: Pick<Table, 'columns'>): ReadonlyMap<RecordField, string> {
  const taken = new Set(columns.map(({ name }) => foldTitle(name)))
  const free = (title: string): string =>
    taken.has(foldTitle(title)) ? free(`record ${title}`) : title
  return new Map(RECORD_FIELDS.map((field) => [field, free(field)]))
}

/** Folds a title, so that titles of the same column are equal: letter case, spaces, `_` and `-` do not count. */
export function foldTitle(title: string): string {
  return title.toLowerCase().replace(/[\s_-]/g, '')
}
