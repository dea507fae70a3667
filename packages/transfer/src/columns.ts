/** Which column of a table each column of a file is. */
import { type ColumnType, columnTypeOf } from '@chatlayer-tables/contract'
import { InvalidInputError, nearest, type Table } from '@chatlayer-tables/core'

/** One column of the file and the column of the table that it fills. */
export interface MatchedColumn {
  /** The place in a row of the file, from 0. */
  readonly index: number
  readonly name: string
  readonly type: ColumnType | undefined
}

/**
 * Matches a header to a table: by the exact name, else without regard to letter case, spaces,
 * underscores and hyphens. Columns that the file lacks are left out, and so are null in what is
 * written.
 *
 * @throws InvalidInputError for a header that is unmatched or blank, matches several columns, or
 *   meets a column that another one fills already. Names all of them, with both sides
 */
export function matchColumns(
  header: readonly (string | null)[],
  table: Pick<Table, 'name' | 'columns'>,
): MatchedColumn[] {
  const matched: MatchedColumn[] = []
  const problems: string[] = []
  const filledBy = new Map<string, string>()
  for (const [index, title] of header.entries()) {
    const found = title === null || title.trim() === '' ? 'blank' : findColumn(title, table.columns)
    if (typeof found === 'string') {
      problems.push(`column ${index + 1}${title?.trim() ? ` "${title}"` : ''}: ${found}`)
      continue
    }
    const other = filledBy.get(found.name)
    if (other !== undefined) {
      problems.push(`"${other}" and "${title}": both fill "${found.name}"`)
      continue
    }
    filledBy.set(found.name, title ?? '')
    matched.push({ index, name: found.name, type: columnTypeOf(found.type) })
  }
  if (problems.length === 0) return matched
  throw new InvalidInputError(
    `the columns of the file do not fit the table "${table.name}": ${problems.join('; ')}`,
    {
      field: 'header',
      hint: `In the file: ${header.map((title) => title ?? '').join(', ')}. In the table: ${namesOf(table.columns).join(', ')}. Rename the columns in the file's first line, or leave them out.`,
    },
  )
}

/** The column of a title, or what is wrong with the title. */
function findColumn(title: string, columns: Table['columns']): Table['columns'][number] | string {
  const exact = columns.find(({ name }) => name === title)
  if (exact !== undefined) return exact
  const folded = fold(title)
  const alike = columns.filter(({ name }) => fold(name) === folded)
  if (alike.length > 1) return `could be ${quoted(namesOf(alike)).join(' or ')}`
  if (alike[0] !== undefined) return alike[0]
  const near = nearest(title, namesOf(columns))
  return near === undefined ? 'not in the table' : `not in the table (nearest: "${near}")`
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[\s_-]/g, '')
}

function namesOf(columns: Table['columns']): string[] {
  return columns.map(({ name }) => name)
}

function quoted(names: readonly string[]): string[] {
  return names.map((name) => `"${name}"`)
}
