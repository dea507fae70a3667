/** Matches the columns of a file to those of a table. */
import { type ColumnType, columnTypeOf } from '@chatlayer-tables/contract'
import { InvalidInputError, nearest, type Table } from '@chatlayer-tables/core'
import { foldTitle, type InputKind, metaTitles, placeName, shorten } from '@chatlayer-tables/files'
import type { TransferSituation } from '../errors/situations.ts'
import type { ReadingSettings } from './reading-settings.ts'

/** One column of the file and the column of the table that it fills. */
export interface MatchedColumn {
  /** The place in a row of the file, from 0. */
  readonly index: number
  readonly name: string
  readonly type: ColumnType | undefined
  /** Name in errors. */
  readonly place: string
}

type Header = readonly (string | null)[]

type MatchSettings = Pick<ReadingSettings, 'map' | 'ignore' | 'ignoreMeta'>

/** Why a column of the file fills none of the table. */
interface Misfit {
  readonly misfit: string
}

/**
 * Matches a header to a table: as `map` says, else by the exact name, else without regard to letter
 * case, spaces, underscores and hyphens. A column of the file is called by its title, or by its place
 * as `column 3`. Columns of the table that the file does not have are omitted, and so are null in what is
 * written. With `ignoreMeta`, the id and dates that an export adds to a record's columns are skipped.
 *
 * @throws InvalidInputError for a title that is unmatched, or blank before the last one, matches several columns, or
 *   meets a column that another one fills already, and for what `map` and `ignore` name in vain.
 *   Names them, up to {@link MAX_NAMED}, with both sides
 */
export function matchColumns(
  header: Header,
  table: Pick<Table, 'name' | 'columns'>,
  { map = {}, ignore = [], ignoreMeta }: MatchSettings = {},
  inputKind: InputKind = 'file',
): MatchedColumn[] {
  const problems = [
    ...Object.keys(map).flatMap((title) => missingTitle(title, header, inputKind)),
    ...ignore.flatMap((title) => missingTitle(title, header, inputKind)),
  ]
  const untitled = new Set(untitledEnd(header, { map, ignore }))
  const meta = new Set<string | null>(metaTitles(table).values())
  let hasMeta = false
  const matched: MatchedColumn[] = []
  const filledBy = new Map<string, string>()
  for (const [index, title] of header.entries()) {
    if (problems.length >= MAX_NAMED) {
      problems.push('and perhaps more')
      break
    }
    const isCalled = (name: string): boolean => name === title || name === placeName(index)
    if (untitled.has(index) || ignore.some(isCalled)) continue
    const target = Object.entries(map).find(([name]) => isCalled(name))?.[1]
    if (target === undefined && meta.has(title)) {
      if (ignoreMeta === true) continue
      hasMeta = true
    }
    const found =
      target === undefined
        ? columnOfTitle(title, table.columns)
        : columnOfName(target, table.columns)
    const label = title === null ? placeName(index) : `"${shorten(title)}"`
    if ('misfit' in found) {
      problems.push(`${label}: ${found.misfit}`)
      continue
    }
    const other = filledBy.get(found.name)
    if (other !== undefined) {
      const place = label === other ? ` (${placeName(index)})` : ''
      problems.push(`${other} and ${label}${place}: both fill "${found.name}"`)
      continue
    }
    filledBy.set(found.name, label)
    const { name, type } = found
    matched.push({ index, name, type: columnTypeOf(type), place: `values.${name}` })
  }
  // A JSON list of nothing has no titles either.
  if (problems.length === 0 && (matched.length > 0 || header.length === 0)) return matched
  throw new InvalidInputError(
    problems.length === 0
      ? `the ${inputKind} has no columns for the table "${table.name}"`
      : `the columns of the ${inputKind} do not match the table "${table.name}": ${problems.join('; ')}`,
    {
      field: 'header',
      hint: `In the ${inputKind}: ${listed(header)}. In the table: ${listed(namesOf(table.columns))}.`,
      situation: {
        code: 'FILE_COLUMNS_DIFFER',
        data: { meta: hasMeta ? [...meta].filter((title) => title !== null) : [] },
      } satisfies TransferSituation,
    },
  )
}

/** A file may have thousands of columns, and a title of a megabyte. */
const MAX_NAMED = 20

function listed(names: Header): string {
  const shown = names.slice(0, MAX_NAMED).map((name) => shorten(name ?? ''))
  const more = names.length - shown.length
  return `${shown.join(', ')}${more > 0 ? ` and ${more.toLocaleString('en-US')} more` : ''}`
}

/**
 * The places of columns after the last title that `map` and `ignore` do not name: a spreadsheet
 * leaves them where it ends every line with a delimiter. They fill no column, and must be empty.
 */
export function untitledEnd(
  header: Header,
  { map = {}, ignore = [] }: Pick<ReadingSettings, 'map' | 'ignore'> = {},
): number[] {
  const said = new Set([...Object.keys(map), ...ignore])
  const from = header.findLastIndex((title) => title !== null) + 1
  return header.flatMap((_, index) => (index < from || said.has(placeName(index)) ? [] : [index]))
}

function missingTitle(title: string, header: Header, inputKind: InputKind): string[] {
  if (header.some((own, index) => own === title || placeName(index) === title)) return []
  return [
    `"${shorten(title)}": not in the ${inputKind}${nearestOf(
      title,
      header.filter((own) => own !== null),
    )}`,
  ]
}

function columnOfName(name: string, columns: Table['columns']): Table['columns'][number] | Misfit {
  const exact = columns.find((column) => column.name === name)
  return exact ?? { misfit: `"${name}" is not in the table${nearestOf(name, namesOf(columns))}` }
}

function columnOfTitle(
  title: string | null,
  columns: Table['columns'],
): Table['columns'][number] | Misfit {
  if (title === null) return { misfit: 'blank' }
  const exact = columns.find(({ name }) => name === title)
  if (exact !== undefined) return exact
  const folded = foldTitle(title)
  const alike = columns.filter(({ name }) => foldTitle(name) === folded)
  const [only, other] = alike
  if (other !== undefined) return { misfit: `could be ${quoted(namesOf(alike)).join(' or ')}` }
  return only ?? { misfit: `not in the table${nearestOf(title, namesOf(columns))}` }
}

function nearestOf(name: string, names: readonly string[]): string {
  const near = nearest(name, names)
  return near === undefined ? '' : ` (nearest: "${shorten(near)}")`
}

/** Folds a name: letter case, spaces, underscores and hyphens do not count. */
export function fold(name: string): string {
  return name.toLowerCase().replace(/[\s_-]/g, '')
}

function namesOf(columns: Table['columns']): string[] {
  return columns.map(({ name }) => name)
}

function quoted(names: readonly string[]): string[] {
  return names.map((name) => `"${name}"`)
}
