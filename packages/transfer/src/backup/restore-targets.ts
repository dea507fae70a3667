/** Which table and columns each table of a backup goes to, and all problems. */
import { columnTypeOf } from '@chatlayer-tables/contract'
import { nearest, type Table } from '@chatlayer-tables/core'
import type { TransferSituation } from '../errors/situations.ts'
import type { ArchivedTable } from './archive.ts'
import type { RestoreChoice, RestoreKey, RestoreProblem } from './restore-types.ts'

/** The mappings of a restore, by table of the backup. */
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
    reason: `a mapping names "${from}", but the backup has no such table or table.column`,
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
    const ids = named.map(({ id }) => id)
    const fix = `Map the table to the id of one: ${ids.join(', ')}.`
    const situation = mappingFound(name, 'ID')
    return { problem: { table: name, reason, fix, situation } }
  }
  const renamed = mapped === undefined ? byId(archived.id, tables)?.name : undefined
  const near = renamed ?? nearest(wanted, namesOf(tables))
  const create = `Create it in the web app with the columns ${columnList(archived.columns)}`
  return {
    problem: {
      table: name,
      reason: `the bot has no table "${wanted}"`,
      ...mappedOr(create, name, near),
    },
  }
}

/** The fix for a missing table or column: create it, or map `from` to one of a similar name. */
function mappedOr(
  create: string,
  from: string,
  near: string | undefined,
): Pick<RestoreProblem, 'fix' | 'situation'> {
  if (near === undefined) return { fix: `${create}.` }
  return { fix: `${create}, or map "${from}" to "${near}".`, situation: mappingFound(from, near) }
}

function mappingFound(from: string, to: string): TransferSituation {
  return { code: 'RESTORE_MAPPING_FOUND', data: { from, to } }
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
      problems.push({
        table: archived.name,
        reason: `the table "${target.name}" has no column "${wanted}"`,
        ...mappedOr(create, `${archived.name}.${name}`, near),
      })
      continue
    }
    if (!isSameType(type, found.type)) {
      problem(
        `the column "${wanted}" of "${target.name}" is ${found.type}, and in the backup it is ${type}`,
        `Give it the type ${type} in the web app, or map it to a column of that type.`,
      )
      continue
    }
    const other = filledBy.get(wanted)
    if (other !== undefined) {
      problem(
        `"${other}" and "${name}" are both restored into the column "${wanted}"`,
        'Map one to another column.',
      )
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
    .map((name): RestoreProblem => {
      const near = didYouMean(nearest(name, namesOf(target.columns)))
      return {
        table: archived.name,
        reason: `its key names "${name}", but the table "${target.name}" has no such column`,
        fix: near ?? 'Choose other key columns for it.',
        situation:
          near === undefined
            ? { code: 'RESTORE_KEY_NEEDED', data: { table: archived.name } }
            : undefined,
      }
    })
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
