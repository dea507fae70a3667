/** Which table and columns each table of a backup goes to, and everything that is in the way. */
import { columnTypeOf } from '@chatlayer-tables/contract'
import { nearest, type Table } from '@chatlayer-tables/core'
import type { ArchivedTable } from './archive.ts'
import type { RestoreChoice, RestoreKey, RestoreProblem } from './restore-types.ts'

/** What `--map` and `--key` come to, by the backup's names. */
export interface Mapping {
  readonly tables: ReadonlyMap<ArchivedTable, string>
  readonly columns: ReadonlyMap<ArchivedTable, ReadonlyMap<string, string>>
  readonly problems: readonly RestoreProblem[]
}

/**
 * Reads mappings: what is a table's name or id goes before what could be a table and its column. One
 * name may be that of several tables; it then means all of them.
 */
export function readMappings(
  map: NonNullable<RestoreChoice['map']>,
  archived: readonly ArchivedTable[],
): Mapping {
  const tables = new Map<ArchivedTable, string>()
  const columns = new Map<ArchivedTable, Map<string, string>>()
  const problems: RestoreProblem[] = []
  for (const [from, to] of map) {
    const meant = archived.filter(({ name, id }) => from === name || from === id)
    for (const table of meant) tables.set(table, to)
    if (meant.length > 0) continue
    const found = archived.flatMap((table) => {
      const column = columnIn(from, table)
      return column === undefined ? [] : [{ table, column }]
    })
    for (const { table, column } of found) {
      const own = columns.get(table) ?? new Map<string, string>()
      columns.set(table, own.set(column, to))
    }
    if (found.length === 0) problems.push(unknownMapping(from, archived))
  }
  return { tables, columns, problems }
}

function columnIn(from: string, { name, id, columns }: ArchivedTable): string | undefined {
  return [name, id]
    .filter((table) => from.startsWith(`${table}.`))
    .map((table) => from.slice(table.length + 1))
    .find((column) => columns.some((known) => known.name === column))
}

function unknownMapping(from: string, archived: readonly ArchivedTable[]): RestoreProblem {
  const names = archived.flatMap(({ name, columns }) => [
    name,
    ...columns.map((column) => `${name}.${column.name}`),
  ])
  return {
    table: undefined,
    reason: `the backup has no table and no table.column "${from}", which --map names`,
    fix: didYouMean(nearest(from, names)) ?? `Its tables: ${namesOf(archived).join(', ')}.`,
  }
}

/** The table that an archived one goes to. Without a mapping it is the one of the same name. */
export function targetOf(
  archived: ArchivedTable,
  mapped: string | undefined,
  tables: readonly Table[],
): { readonly found: Table } | { readonly problem: RestoreProblem } {
  const wanted = mapped ?? archived.name
  const named = tables.filter(({ name }) => name === wanted)
  const same = named.find(({ id }) => id === archived.id)
  const found =
    named.length > 1
      ? mapped === undefined
        ? same
        : undefined
      : (named[0] ?? byId(wanted, tables))
  if (found !== undefined) return { found }
  const { name } = archived
  if (named.length > 1) {
    const reason = `${named.length} tables are named "${wanted}"`
    const fix = `Say which with --map and its id: ${named.map(({ id }) => id).join(', ')}.`
    return { problem: { table: name, reason, fix } }
  }
  const renamed = mapped === undefined ? byId(archived.id, tables)?.name : undefined
  const near = renamed ?? nearest(wanted, namesOf(tables))
  const create = `Create it in the web app, since the API makes no tables, with the columns ${columnList(archived.columns)}.`
  const reason = `the bot has no table "${wanted}"`
  const fix =
    near === undefined
      ? create
      : `Did you mean "${near}"? Then say --map "${name}=${near}". If not: ${create}`
  return { problem: { table: name, reason, fix } }
}

function byId(wanted: string, tables: readonly Table[]): Table | undefined {
  return tables.find(({ id }) => id === wanted)
}

export interface MatchedColumns {
  readonly columns: readonly (readonly [from: string, to: string])[]
  readonly problems: readonly RestoreProblem[]
}

/** Pairs each column of an archived table with the one of the same name, or the mapped one. */
export function matchTable(
  archived: ArchivedTable,
  mapped: ReadonlyMap<string, string> | undefined,
  target: Table,
): MatchedColumns {
  const columns: (readonly [string, string])[] = []
  const problems: RestoreProblem[] = []
  const filledBy = new Map<string, string>()
  const problem = (reason: string, fix: string): void => {
    problems.push({ table: archived.name, reason, fix })
  }
  for (const { name, type } of archived.columns) {
    const wanted = mapped?.get(name) ?? name
    const found = target.columns.find((column) => column.name === wanted)
    if (found === undefined) {
      const free = target.columns.filter((column) => !isNamed(column.name, archived))
      const near = nearest(wanted, namesOf(free))
      const create = `Create it in the web app as ${columnList([{ name: wanted, type }])}`
      problem(
        `the table "${target.name}" has no column "${wanted}"`,
        near === undefined
          ? `${create}.`
          : `${create}, or say --map "${archived.name}.${name}=${near}".`,
      )
      continue
    }
    if (!isSameType(type, found.type)) {
      problem(
        `the column "${wanted}" of "${target.name}" is ${found.type}, and in the backup it is ${type}`,
        `Give it the type ${type} in the web app, or map it to a column that has it.`,
      )
      continue
    }
    const other = filledBy.get(wanted)
    if (other !== undefined) {
      problem(`"${other}" and "${name}" both go to the column "${wanted}"`, 'Map one elsewhere.')
      continue
    }
    filledBy.set(wanted, name)
    columns.push([name, wanted])
  }
  return { columns, problems }
}

function isNamed(column: string, { columns }: ArchivedTable): boolean {
  return columns.some(({ name }) => name === column)
}

function isSameType(a: string, b: string): boolean {
  const [known, other] = [columnTypeOf(a), columnTypeOf(b)]
  return known === undefined && other === undefined ? a === b : known === other
}

/** The key of a table: its own goes before that of all tables. */
export function keyOf(
  archived: ArchivedTable,
  target: Table,
  keys: readonly RestoreKey[],
): { key: readonly string[] | undefined; problems: readonly RestoreProblem[] } {
  const own = keys.find(({ table }) => table === archived.name || table === archived.id)
  const key = (own ?? keys.find(({ table }) => table === undefined))?.columns
  const problems = (key ?? [])
    .filter((name) => !target.columns.some((column) => column.name === name))
    .map((name) => ({
      table: archived.name,
      reason: `the table "${target.name}" has no column "${name}", which its key names`,
      fix:
        didYouMean(nearest(name, namesOf(target.columns))) ??
        `Say --key "${archived.name}=column" for the key of this table.`,
    }))
  return { key, problems }
}

function columnList(columns: readonly { readonly name: string; readonly type: string }[]): string {
  return columns.map(({ name, type }) => `${name} (${type})`).join(', ')
}

function namesOf(named: readonly { readonly name: string }[]): string[] {
  return named.map(({ name }) => name)
}

function didYouMean(near: string | undefined): string | undefined {
  return near === undefined ? undefined : `Did you mean "${near}"?`
}
