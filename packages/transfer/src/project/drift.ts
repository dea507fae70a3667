/** The difference between expected columns and those of a table. Pure. */
import { columnTypeOf } from '@chatlayer-tables/contract'
import { type Column, nearest } from '@chatlayer-tables/core'
import { fold } from '../rows/columns.ts'
import type { ColumnDrift } from './plan-types.ts'
import type { TableSchema } from './project-types.ts'

/** @param live the columns that the table has */
export function findDrift(
  expected: TableSchema['columns'],
  live: readonly Column[],
): ColumnDrift[] {
  const held = new Map(live.map(({ name, type }) => [name, type]))
  const names = new Set(expected.map(({ name }) => name))
  const extra = live.filter(({ name }) => !names.has(name))
  const missing = expected.filter(({ name }) => !held.has(name))
  const renamed = findRenamed(missing, extra)
  return [
    ...expected.flatMap(({ name, type, place }): ColumnDrift[] => {
      const actual = held.get(name)
      if (actual === undefined) {
        return [{ kind: 'missing', column: name, type, place, renamed: renamed.get(name) }]
      }
      if (isSameType(type, actual)) return []
      return [{ kind: 'type', column: name, expected: type, type: actual, place }]
    }),
    ...extra.map(
      ({ name, type }): ColumnDrift => ({ kind: 'extra', column: name, type, place: undefined }),
    ),
  ]
}

function isSameType(a: string, b: string): boolean {
  const [known, other] = [columnTypeOf(a), columnTypeOf(b)]
  return known === undefined || other === undefined ? a === b : known === other
}

/**
 * What a missing column may be called now: a column that is not expected, by a name that is alike, or
 * else the only one of its type where it is the only one that is missing.
 */
function findRenamed(missing: readonly Column[], extra: readonly Column[]): Map<string, string> {
  const left = new Set(extra.map(({ name }) => name))
  const found = new Map<string, string>()
  for (const { name } of missing) {
    const names = [...left]
    const near = names.find((other) => fold(other) === fold(name)) ?? nearest(name, names)
    if (near === undefined) continue
    found.set(name, near)
    left.delete(near)
  }
  const [one, two] = missing.filter(({ name }) => !found.has(name))
  if (one === undefined || two !== undefined) return found
  const alike = extra.filter(({ name, type }) => left.has(name) && isSameType(type, one.type))
  if (alike.length === 1 && alike[0] !== undefined) found.set(one.name, alike[0].name)
  return found
}

/** A drift in words. */
export function driftText(table: string, drift: ColumnDrift): string {
  const { column } = drift
  switch (drift.kind) {
    case 'missing': {
      const now = drift.renamed === undefined ? '' : `; it may be "${drift.renamed}" now`
      return `"${table}" has no column "${column}" (${drift.type})${now}`
    }
    case 'extra':
      return `"${table}" has a column "${column}" (${drift.type}) that is not expected`
    case 'type':
      return `the column "${column}" of "${table}" is ${drift.type}, not ${drift.expected}`
  }
}
