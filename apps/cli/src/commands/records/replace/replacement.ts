/** Replaces text in the columns of records. Pure. */
import { columnTypeOf } from '@chatlayer-tables/contract'
import type {
  Comparison,
  Table,
  TableRecord,
  UpdateById,
  Values,
  Where,
} from '@chatlayer-tables/core'
import { UsageError } from '../../../failures.ts'
import { quoteName } from '../../../where.ts'

export interface ReplaceFlags {
  readonly from: string
  readonly to: string
  readonly whole: boolean
  readonly ignoreCase: boolean
  readonly regex: boolean
}

/** @returns the new text, or the same if nothing is found */
export type Replacement = (text: string) => string

/** @throws UsageError for an invalid regular expression, and one that matches the empty text everywhere */
export function replacementOf({ from, to, whole, ignoreCase, regex }: ReplaceFlags): Replacement {
  if (from === '') {
    throw new UsageError('<from> is empty', 'To set a column, use clt records update --set.')
  }
  const source = regex ? from : escapeRegex(from)
  const pattern = compile(whole ? `^(?:${source})$` : source, ignoreCase ? 'giu' : 'gu', from)
  if (pattern.test('') && !whole) {
    throw new UsageError(
      `the regular expression ${from} matches the empty text`,
      'It would be found between all characters. Use + instead of *, or pass --whole.',
    )
  }
  // A function, since $ has no meaning in a plain text.
  return (text) => (regex ? text.replace(pattern, to) : text.replace(pattern, () => to))
}

/** What the gateway can search for; undefined if it has no form for the search. */
export function searchOf(
  columns: readonly string[],
  { from, whole, ignoreCase, regex }: ReplaceFlags,
): Where | undefined {
  if (regex) return undefined
  const name: keyof Comparison = whole
    ? ignoreCase
      ? 'ieq'
      : 'eq'
    : ignoreCase
      ? 'icontains'
      : 'contains'
  const each = columns.map((column): Where => ({ [quoteName(column)]: { [name]: from } }))
  return each.length === 1 ? each[0] : { or: each }
}

/** @throws UsageError for a column that is missing or holds no text */
export function textColumns(names: readonly string[], table: Table): readonly string[] {
  for (const name of names) {
    const column = table.columns.find((each) => each.name === name)
    const texts = table.columns.filter(({ type }) => columnTypeOf(type) === 'text')
    const hint = `Its text columns: ${texts.map((each) => each.name).join(', ') || 'none'}.`
    if (column === undefined) throw new UsageError(`"${table.name}" has no column "${name}"`, hint)
    if (columnTypeOf(column.type) !== 'text') {
      throw new UsageError(
        `column "${name}" has the type ${column.type}, and text can be replaced in text only`,
        `${hint} For others, use clt records update --set-sql.`,
      )
    }
  }
  return names
}

/** @returns undefined if the record has nothing to replace */
export function replaceIn(
  { id, values }: TableRecord,
  columns: readonly string[],
  replace: Replacement,
): UpdateById | undefined {
  const set: Values = {}
  const before: Values = {}
  for (const name of columns) {
    const value = values[name]
    if (typeof value !== 'string') continue
    const text = replace(value)
    if (text === value) continue
    Object.defineProperty(set, name, { value: text, ...OWN })
    Object.defineProperty(before, name, { value, ...OWN })
  }
  return Object.keys(set).length === 0 ? undefined : { id, set, before }
}

/** A column may be named `__proto__`. */
const OWN = { enumerable: true, writable: true, configurable: true } as const

function compile(source: string, flags: string, shown: string): RegExp {
  try {
    return new RegExp(source, flags)
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*\/\w*: /s, '') : ''
    throw new UsageError(`invalid regular expression ${shown}: ${reason}`)
  }
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`).replace(/\\-/g, '-')
}
