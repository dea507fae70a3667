/**
 * The operator's rules on tables and columns. All names that a tool receives and all values that it shows
 * pass through here. A hidden table or column behaves like a missing one in every argument, with the same
 * errors.
 */
import { nearest, type Table, type Values } from '@chatlayer-tables/core'
import { ToolError } from '../result/tool-error.ts'
import type { Settings } from '../settings.ts'

/** Replaces a masked value, and null too: whether there is a value is also hidden. */
export const MASK = '[masked]'

/** A table as the tools see it. */
export interface VisibleTable {
  /** Without hidden columns. */
  readonly table: Table
  /** Columns whose values are not shown. */
  readonly masked: ReadonlySet<string>
  readonly hidden: ReadonlySet<string>
}

/**
 * - `show`: the result contains its values; masked values are replaced
 * - `compare`: the result depends on its values, through a condition, an order, a group, or a write that
 *   skips equal values
 * - `fill`: a new record gets a value for it
 */
export type ColumnUse = 'show' | 'compare' | 'fill'

type Limits = Pick<Settings, 'tables' | 'hideColumns' | 'maskColumns'>

/** The tables that the operator allows, in the given order. */
export function visibleTables(tables: readonly Table[], limits: Limits): VisibleTable[] {
  return tables
    .filter((table) => limits.tables?.some((one) => isNamed(table, one)) ?? true)
    .map((table) => visibleTable(table, limits))
}

function visibleTable(table: Table, { hideColumns, maskColumns }: Limits): VisibleTable {
  const named = (entries: readonly string[]): ReadonlySet<string> =>
    new Set(
      table.columns.flatMap(({ name }) => (entries.some((e) => isIn(table, name, e)) ? name : [])),
    )
  const hidden = named(hideColumns)
  return {
    table: { ...table, columns: table.columns.filter(({ name }) => !hidden.has(name)) },
    masked: named(maskColumns),
    hidden,
  }
}

/**
 * Entries of the options that match no table or column. A misspelt or renamed column would be shown, so
 * the server shows nothing until the operator fixes the option.
 */
export function unmatchedEntries(tables: readonly Table[], limits: Limits): string[] {
  const columns = [...limits.hideColumns, ...limits.maskColumns].filter(
    (entry) => !tables.some((table) => table.columns.some(({ name }) => isIn(table, name, entry))),
  )
  const named = (limits.tables ?? []).filter((one) => !tables.some((table) => isNamed(table, one)))
  return [...named, ...columns]
}

function isNamed(table: Table, nameOrId: string): boolean {
  return table.name === nameOrId || table.id === nameOrId
}

/** Compares whole entries, because names may contain points. */
function isIn(table: Table, column: string, entry: string): boolean {
  return [table.name, table.id, '*'].some((name) => entry === `${name}.${column}`)
}

/**
 * Checks that a column exists and may be used this way.
 *
 * @param name as stored, not in quotes
 * @param others other names that are valid here, for the suggestion
 * @throws ToolError
 */
export function checkColumn(
  visible: VisibleTable,
  name: string,
  use: ColumnUse,
  place: string,
  others: readonly string[] = [],
): void {
  const { table, masked } = visible
  if (table.columns.every((column) => column.name !== name)) {
    throw unknownColumn(visible, name, place, others)
  }
  if (use === 'compare' && masked.has(name)) {
    throw new ToolError('NOT_ALLOWED', `The values of "${name}" are masked by the operator.`, {
      field: place,
      hint: 'Masked values can be neither shown nor compared, only set in new records.',
    })
  }
}

/** Names that an error lists. */
const MAX_LISTED = 20

function unknownColumn(
  { table }: VisibleTable,
  name: string,
  place: string,
  others: readonly string[],
): ToolError {
  const names = table.columns.map((column) => column.name)
  const near = nearest(name, [...names, ...others])
  const listed = names.slice(0, MAX_LISTED).join(', ') + (names.length > MAX_LISTED ? ', …' : '')
  return new ToolError('INVALID_INPUT', `The table "${table.name}" has no column "${name}".`, {
    field: place,
    hint: near === undefined ? `Columns: ${listed}.` : `Did you mean "${near}"?`,
  })
}

/** Values as the tools may show them. */
export function shownValues(values: Values, { masked, hidden }: VisibleTable): Values {
  if (masked.size === 0 && hidden.size === 0) return values
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      hidden.has(name) ? [] : [[name, masked.has(name) ? MASK : value]],
    ),
  )
}
