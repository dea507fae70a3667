/** Sentences about jsonb columns that got JSON as text: a string is a JSON value of its own. */
import { columnTypeOf } from '@chatlayer-tables/contract'
import type { GuardedTable } from '../policy/guarded-table.ts'
import { operandsOf, type Where } from './where-walk.ts'

/** For the result of a write: which columns stored JSON as text. */
export function storedAsTextNotice(
  rows: readonly Readonly<Record<string, unknown>>[],
  table: GuardedTable,
): string | undefined {
  const columns = jsonTexts(rows.flatMap(Object.entries), table)
  if (columns === undefined) return undefined
  return `Text that is JSON was passed for ${columns} and is stored as text: pass an object or a list instead.`
}

export function comparedAsTextNotice(where: Where, table: GuardedTable): string | undefined {
  const columns = jsonTexts([...operandsOf(where)], table)
  if (columns === undefined) return undefined
  return `${columns} was compared with text that is JSON: pass an object or a list instead.`
}

/** The names of the jsonb columns that got a text with an object or a list. */
function jsonTexts(
  values: readonly (readonly [column: string, value: unknown])[],
  { definition }: GuardedTable,
): string | undefined {
  const names = definition.columns
    .filter(({ type }) => columnTypeOf(type) === 'jsonb')
    .map(({ name }) => name)
  const found = values.filter(([column, value]) => names.includes(column) && isJsonText(value))
  const columns = [...new Set(found.map(([column]) => JSON.stringify(column)))]
  return columns.length === 0 ? undefined : columns.join(', ')
}

function isJsonText(value: unknown): boolean {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return false
  try {
    JSON.parse(value)
    return true
  } catch {
    return false
  }
}
