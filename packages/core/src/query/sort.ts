/** Sorting in the client; the gateway cannot sort. */
import type { TableRecord } from '../types.ts'
import { compareKeys, compareText, type Key, keyOf } from '../values/compare.ts'
import { readSubject } from './evaluate.ts'
import type { SortKey } from './parse-query.ts'

interface Entry {
  readonly record: TableRecord
  readonly keys: readonly (Key | undefined)[]
}

/**
 * Collects records and sorts them by the sort keys, then by id, so that the order is reproducible.
 * Nulls, and values that are not of their column's type, come last in both directions, or first
 * where a key states so.
 *
 * With `keep`, only that number of records is held in memory, however many are added.
 */
export interface Sorter {
  add(record: TableRecord): void
  /** The records in order. */
  sorted(): TableRecord[]
}

export function createSorter(
  sort: readonly SortKey[],
  keep: number = Number.POSITIVE_INFINITY,
): Sorter {
  /** A heap with the last record in order at its top, if there is a limit. */
  const heap: Entry[] = []

  function compare(a: Entry, b: Entry): number {
    for (const [index, key] of sort.entries()) {
      const order = compareBy(key, a.keys[index], b.keys[index])
      if (order !== 0) return order
    }
    return compareText(a.record.id, b.record.id)
  }

  function rise(entry: Entry): void {
    let index = heap.length
    heap.push(entry)
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || compare(parent, entry) >= 0) break
      heap[index] = parent
      index = above
    }
    heap[index] = entry
  }

  function replaceTop(entry: Entry): void {
    let index = 0
    for (;;) {
      const left = heap[2 * index + 1]
      const right = heap[2 * index + 2]
      if (left === undefined) break
      const toRight = right !== undefined && compare(right, left) > 0
      const child = toRight ? right : left
      if (compare(entry, child) >= 0) break
      heap[index] = child
      index = 2 * index + (toRight ? 2 : 1)
    }
    heap[index] = entry
  }

  return {
    add(record) {
      const keys = sort.map(({ subject }) => keyOf(readSubject(subject, record), subject.type))
      const entry: Entry = { record, keys }
      if (keep === Number.POSITIVE_INFINITY) {
        heap.push(entry)
      } else if (heap.length < keep) {
        rise(entry)
      } else {
        const [last] = heap
        if (last !== undefined && compare(entry, last) < 0) replaceTop(entry)
      }
    },
    sorted: () => heap.toSorted(compare).map(({ record }) => record),
  }
}

/** Undefined stands for null. Two nulls, and values of two kinds, have no order among them. */
function compareBy(
  { descending, nullsFirst }: SortKey,
  a: Key | undefined,
  b: Key | undefined,
): number {
  if (a === undefined || b === undefined) {
    const order = Number(a === undefined) - Number(b === undefined)
    return nullsFirst ? -order : order
  }
  const order = compareKeys(a, b) ?? compareText(a.kind, b.kind)
  return descending ? -order : order
}
