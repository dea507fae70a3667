/** Previews: what a write would do, found out by reading alone. */
import type { Table } from '@chatlayer-tables/contract'
import type { ChatlayerError } from '../errors.ts'
import type { Change, TableRecord, Values } from '../types.ts'
import { setOwn } from '../values/own.ts'

/**
 * One record of a preview; `before` is undefined for an insert, `after` for a delete. An `unchanged`
 * record holds already what is to be written.
 */
export interface PreviewedChange {
  readonly change: Change
  readonly id: string | undefined
  readonly before: Values | undefined
  readonly after: Values | undefined
}

export interface Preview {
  /** How many records the write concerns, all counted, unchanged ones too. */
  readonly matched: number
  /** All of them by what would happen. */
  readonly counts: Readonly<Record<Change, number>>
  /** The first of them, as many as `limit` said (100 when left out). */
  readonly changes: readonly PreviewedChange[]
  /** Whether there are more than `changes` shows. */
  readonly truncated: boolean
  /** Rows of an upsert that the write would reject, the first 10,000. They are in no other figure. */
  readonly rejected: readonly RejectedRow[]
  /** How many there are. */
  readonly rejectedCount: number
}

/** A row that cannot be written, by its place in the input, from 0. */
export interface RejectedRow {
  readonly index: number
  readonly error: ChatlayerError
}

/** Rejected rows that a preview keeps. */
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

/** A new record as it would stand: columns that are not given are null. */
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

export function previewUpdate(record: TableRecord, set: Values, differs: boolean): PreviewedChange {
  return {
    change: differs ? 'updated' : 'unchanged',
    id: record.id,
    before: record.values,
    after: overlay(record.values, set),
  }
}
