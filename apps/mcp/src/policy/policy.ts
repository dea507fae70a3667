/**
 * What the operator allows, as rules on names. Whatever a tool is told or shows goes through here: a
 * table or column that is hidden is not there, under whatever argument it is named, and errors are
 * the same as for one that does not exist.
 */
import { nearest, type Table, type Values } from '@chatlayer-tables/core'
import { ToolError } from '../result/tool-error.ts'
import type { Settings } from '../settings.ts'

/** Stands where a masked value would, null among them: whether there is one is hidden too. */
export const MASK = '[masked]'

/** A table as the tools see it. */
export interface VisibleTable {
  /** With the columns that are not hidden. */
  readonly table: Table
  /** Of these, the ones whose values are not shown. */
  readonly masked: ReadonlySet<string>
  readonly hidden: ReadonlySet<string>
}

/**
 * - `show`: its values would be in an answer; those of a masked one are replaced
 * - `compare`: the answer would depend on its values, in a condition, an order, a group, or because a
 *   write leaves alone what is equal
 * - `fill`: it gets a value in a new record
 */
export type ColumnUse = 'show' | 'compare' | 'fill'

type Limits = Pick<Settings, 'tables' | 'hideColumns' | 'maskColumns'>

/** The tables that there are for the tools, in the order in which they came. */
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
 * Entries of the options that name nothing there is. A column that was misspelt, or renamed since,
 * would be shown: so nothing is, until the operator has looked at it.
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

/** Compared as a whole, since names may hold points themselves. */
function isIn(table: Table, column: string, entry: string): boolean {
  return [table.name, table.id, '*'].some((name) => entry === `${name}.${column}`)
}

/**
 * Checks that a column may be used.
 *
 * @param name as stored, not in quotes
 * @param others names that would be right at this place too, for the suggestion
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
      hint: 'They can be neither shown nor compared. A new record may be given one.',
    })
  }
}

/** As many names as an error lists. */
const LISTED = 20

function unknownColumn(
  { table }: VisibleTable,
  name: string,
  place: string,
  others: readonly string[],
): ToolError {
  const names = table.columns.map((column) => column.name)
  const near = nearest(name, [...names, ...others])
  const listed = names.slice(0, LISTED).join(', ') + (names.length > LISTED ? ', …' : '')
  return new ToolError('INVALID_INPUT', `The table "${table.name}" has no column "${name}".`, {
    field: place,
    hint: near === undefined ? `Its columns: ${listed}.` : `Did you mean "${near}"?`,
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
