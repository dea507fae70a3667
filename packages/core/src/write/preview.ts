/** Previews: the changes of a write, determined by reads only. */
import type { Table } from '@chatlayer-tables/contract'
import type { ChatlayerError } from '../errors.ts'
import type { Change, TableRecord, Values } from '../types.ts'
import { setOwn } from '../values/own.ts'

/**
 * One record of a preview; `before` is undefined for an insert, `after` for a delete. An
 * `unchanged` record already holds the values to write.
 */
export interface PreviewedChange {
  readonly change: Change
  readonly id: string | undefined
  readonly before: Values | undefined
  readonly after: Values | undefined
}

/** What a write would change. */
export interface Preview {
  /** Number of records of the write, including unchanged ones. */
  readonly matched: number
  /** Their number by change. */
  readonly counts: Readonly<Record<Change, number>>
  /** The first of them, up to `limit` (default: 100). */
  readonly changes: readonly PreviewedChange[]
  /** Whether there are more than `changes` lists. */
  readonly truncated: boolean
  /**
   * Rows of an upsert that the write would reject, the first 10,000. They are not counted
   * elsewhere.
   */
  readonly rejected: readonly RejectedRow[]
  /** Their number. */
  readonly rejectedCount: number
}

/** A row that cannot be written, by its position in the input, from 0. */
export interface RejectedRow {
  readonly index: number
  readonly error: ChatlayerError
}

/** Maximum number of rejected rows in a preview. */
const MAX_REJECTED = 10_000

const PREVIEWED = 100

export interface PreviewBuilder {
  add(change: PreviewedChange): void
  reject(row: RejectedRow): void
  build(): Preview
}

export function createPreviewBuilder(limit: number = PREVIEWED): PreviewBuilder {
  const counts: Record<Change, number> = { inserted: 0, updated: 0, deleted: 0, unchanged: 0 }
  const changes: PreviewedChange[] = []
  const rejected: RejectedRow[] = []
  let matched = 0
  let rejectedCount = 0
  return {
    add(change) {
      matched++
      counts[change.change]++
      if (changes.length < limit) changes.push(change)
    },
    reject(row) {
      rejectedCount++
      if (rejected.length < MAX_REJECTED) rejected.push(row)
    },
    build: () => ({
      matched,
      counts,
      changes,
      truncated: matched > changes.length,
      rejected,
      rejectedCount,
    }),
  }
}

/** A new record as it would be stored: columns that are not set are null. */
export function insertedValues(values: Values, table: Table): Values {
  const blank = Object.fromEntries(table.columns.map(({ name }) => [name, null]))
  return overlay(blank, values)
}

/** A record's values with some of them replaced. */
export function overlay(before: Values, set: Values): Values {
  const after = { ...before }
  for (const [column, value] of Object.entries(set)) {
    if (value !== undefined) setOwn(after, column, value)
  }
  return after
}

export function previewUpdate(
  record: Pick<TableRecord, 'id' | 'values'>,
  set: Values,
  differs: boolean,
): PreviewedChange {
  return {
    change: differs ? 'updated' : 'unchanged',
    id: record.id,
    before: record.values,
    after: overlay(record.values, set),
  }
}
