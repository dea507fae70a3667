/** Which columns of a source fill the table, which only expressions see, and under which names. */
import { columnTypeOf } from '@chatlayer-tables/contract'
import { nearest, type Table } from '@chatlayer-tables/core'
import { placeName, type Source } from '@chatlayer-tables/files'
import { fold } from '../rows/columns.ts'
import { ProjectError } from './project-error.ts'
import type { SyncSpec } from './project-types.ts'

/** What the rows of a source become, and the source's name in messages. */
export interface Transformation {
  readonly spec: SyncSpec
  readonly label: string
  /** The table that is written. */
  readonly target: Table
}

/** The titles of the columns; one without a title has the name of its place. */
export function titlesOf({ header }: Pick<Source, 'header'>): string[] {
  return header.map((title, index) => title ?? placeName(index))
}

/** @throws ProjectError for what `columns` and `transform` name in vain */
export function checkColumns(
  titles: readonly string[],
  { spec, label, target }: Transformation,
): void {
  const names = target.columns.map(({ name }) => name)
  const problem = (message: string, name: string, known: readonly string[], path: string) => {
    const near = nearest(name, known)
    const hint =
      near === undefined ? `Columns: ${known.slice(0, 20).join(', ')}.` : `Did you mean "${near}"?`
    const place = { ...spec.place, path: `${spec.place.path}.${path}` }
    return { place, message, hint }
  }
  const problems = [
    ...Object.keys(spec.columns)
      .filter((name) => !titles.includes(name))
      .map((name) => problem(`${label} has no column "${name}"`, name, titles, 'columns')),
    ...[...Object.values(spec.columns), ...Object.keys(spec.transform)]
      .filter((name) => name !== null)
      .filter((name) => !names.includes(name))
      .map((name) => problem(`"${target.name}" has no column "${name}"`, name, names, 'transform')),
  ]
  if (problems.length > 0) throw new ProjectError(problems)
}

/** A column that expressions see, and the place of its cell in a row. */
export interface PlacedColumn {
  readonly name: string
  readonly index: number
  readonly type: ReturnType<typeof columnTypeOf>
}

/**
 * The columns that expressions see: those of the source by their own names, and by the names that
 * `columns` gives them where no other column of the source has that name. A column that fills one of
 * the table has its type.
 */
export function rowColumns(
  titles: readonly string[],
  { spec, target }: Transformation,
): readonly PlacedColumn[] {
  const typeOf = (name: string | null | undefined) => {
    const column = target.columns.find((each) => each.name === name)
    return column && columnTypeOf(column.type)
  }
  const own = titles.map((name, index) => {
    const renamed = Object.hasOwn(spec.columns, name) ? spec.columns[name] : name
    return { name, index, type: typeOf(renamed ?? name) }
  })
  const other = titles.flatMap((title, index): PlacedColumn[] => {
    const name = Object.hasOwn(spec.columns, title) ? spec.columns[title] : undefined
    if (name === undefined || name === null || titles.includes(name)) return []
    return [{ name, index, type: typeOf(name) }]
  })
  return [...own, ...other]
}

/** The columns of the table, by the source's names for them. */
export function renames({ columns }: Pick<SyncSpec, 'columns'>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(columns).filter((entry): entry is [string, string] => entry[1] !== null),
  )
}

/**
 * Whether a column of the source fills none of the table: `columns` leaves it out, an expression
 * computes the one it would fill, or it is there for expressions alone.
 */
export function isAside(
  title: string,
  index: number,
  { spec, target }: Transformation,
  columns: readonly PlacedColumn[],
  used: ReadonlySet<string>,
): boolean {
  if (Object.hasOwn(spec.columns, title)) return spec.columns[title] === null
  if (spec.ignore.includes(title)) return true
  const alike = target.columns.find(({ name }) => name === title)?.name
  const column = alike ?? target.columns.find(({ name }) => fold(name) === fold(title))?.name
  if (column !== undefined)
    return Object.hasOwn(spec.transform, column) || spec.ignore.includes(column)
  return columns.some((each) => each.index === index && used.has(each.name))
}
