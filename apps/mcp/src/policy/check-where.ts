/** Checks the columns that conditions, sort orders and selections of callers name. */
import { columnTypeOf } from '@chatlayer-tables/contract'
import type { Sort, Where } from '@chatlayer-tables/core'
import { decodeJson, isObject } from '../call/lenient.ts'
import { checkColumn, type VisibleTable } from './policy.ts'

/** The fields of a record itself. A column with such a name is written in double quotes. */
export const RECORD_FIELDS = ['id', 'createdAt', 'updatedAt'] as const
export type RecordField = (typeof RECORD_FIELDS)[number]

const GROUPS = ['and', 'or', 'not'] as const
const LISTS = ['in', 'nin'] as const

/** Deeper conditions are left to the client, which rejects them by its own limit. */
const MAX_DEPTH = 200

export function recordFieldOf(name: string): RecordField | undefined {
  return RECORD_FIELDS.find((field) => field === name)
}

/** The column that a name means: any name may be written in double quotes. */
export function columnOf(name: string): string {
  return name.length >= 2 && name.startsWith('"') && name.endsWith('"') ? name.slice(1, -1) : name
}

/**
 * Checks every column in a condition, and decodes parts that were encoded as JSON twice. An invalid
 * condition is left to the client, which rejects it.
 *
 * @throws ToolError for a column that may not be compared
 */
export function checkWhere(where: unknown, visible: VisibleTable, place = 'where'): Where {
  return walk(where, visible, place, 0) as Where
}

function walk(given: unknown, visible: VisibleTable, place: string, depth: number): unknown {
  const where = decodeJson(given)
  if (depth > MAX_DEPTH || !isObject(where)) return where
  return Object.fromEntries(
    Object.entries(where).map(([key, value]) => {
      const inner = `${place}.${key}`
      if (key === 'not') return [key, walk(value, visible, inner, depth + 1)]
      if (key === 'and' || key === 'or') {
        const list = decodeJson(value)
        if (!Array.isArray(list)) return [key, list]
        const items = list.map((item, i) => walk(item, visible, `${inner}[${i}]`, depth + 1))
        return [key, items]
      }
      checkName(key, visible, inner, GROUPS)
      return [key, comparison(takesText(key, visible) ? value : decodeJson(value))]
    }),
  )
}

/** Whether a value that looks like JSON may be meant as text. */
function takesText(name: string, { table }: VisibleTable): boolean {
  const field = recordFieldOf(name)
  if (field !== undefined) return field === 'id'
  const column = table.columns.find((one) => one.name === columnOf(name))
  const type = columnTypeOf(column?.type ?? '')
  return type === undefined || type === 'text' || type === 'jsonb'
}

/** A comparison with its lists decoded. Other operands stay as they are: any column may hold such text. */
function comparison(value: unknown): unknown {
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, operand]) => [
      key,
      LISTS.some((list) => list === key) ? decodeJson(operand) : operand,
    ]),
  )
}

/** @throws ToolError for a column that may not be compared */
export function checkSort(sort: readonly Sort[], visible: VisibleTable): readonly Sort[] {
  for (const [index, entry] of sort.entries()) {
    const name = typeof entry === 'string' ? entry : entry.column
    checkName(name, visible, `sort[${index}].column`)
  }
  return sort
}

function checkName(
  name: string,
  visible: VisibleTable,
  place: string,
  words: readonly string[] = [],
): void {
  if (recordFieldOf(name) !== undefined) return
  checkColumn(visible, columnOf(name), 'compare', place, [...RECORD_FIELDS, ...words])
}
