/** Parses query options and checks them against the table. Pure. */
import type { Table } from '@chatlayer-tables/contract'
import {
  ANYTHING,
  COLUMN,
  COUNT,
  checkOption,
  OBJECT,
  oneOf,
  type Rule,
  type Rules,
  required,
} from '../check-options.ts'
import { InvalidInputError } from '../errors.ts'
import { describe } from '../values/literal.ts'
import { ALWAYS, type Condition, nameOf, type Subject } from './condition.ts'
import { parseWhere } from './parse-where.ts'
import { resolveSubject } from './subject.ts'
import type { QueryOptions, Sort } from './where-types.ts'

export interface SortKey {
  readonly subject: Subject
  readonly descending: boolean
  readonly nullsFirst: boolean
}

export interface Query {
  readonly condition: Condition
  readonly sort: readonly SortKey[]
  /** Columns to keep (default: all). */
  readonly select: readonly string[] | undefined
  readonly limit: number | undefined
  readonly offset: number
  readonly ahead: number
}

/** Pages, and SELECTs of one query, in flight at once. The client's gate limits them too. */
export const AHEAD = 8

export const QUERY: Rules<QueryOptions> = {
  where: OBJECT,
  select: { expected: 'a list of columns', test: Array.isArray },
  sort: ANYTHING,
  limit: COUNT,
  offset: COUNT,
  ahead: COUNT,
}

const SORT_KEY: Rules<Exclude<Sort, string>> = {
  column: required(COLUMN),
  direction: oneOf(['asc', 'desc']),
  nulls: oneOf(['first', 'last']),
}

const SORT: Rule = {
  expected: 'a column, or an object with its column and direction',
  test: (value) => COLUMN.test(value) || OBJECT.test(value),
  inside: SORT_KEY,
}

/** @throws InvalidInputError with the place in the options, which were checked by {@link QUERY} */
export function parseQuery(options: QueryOptions, table: Table): Query {
  return {
    condition: options.where === undefined ? ALWAYS : parseWhere(options.where, table),
    sort: parseSort(options.sort, table),
    select: options.select === undefined ? undefined : parseSelect(options.select, table),
    limit: options.limit,
    offset: options.offset ?? 0,
    ahead: Math.max(1, options.ahead ?? AHEAD),
  }
}

function parseSelect(select: readonly unknown[], table: Table): readonly string[] {
  return Array.from(select, (name: unknown, index) => {
    const place = `select[${index}]`
    const subject = resolveSubject(checkName(name, place), table, place)
    if (subject.kind === 'column') return subject.name
    throw invalid(
      place,
      `${subject.field} is not a column; every record has it anyway`,
      `Write a column of that name as '"${subject.field}"'.`,
    )
  })
}

function parseSort(sort: QueryOptions['sort'], table: Table): readonly SortKey[] {
  if (sort === undefined) return []
  const list: readonly unknown[] = Array.isArray(sort) ? sort : [sort]
  return list.map((entry, index) =>
    parseSortKey(entry as Sort, table, Array.isArray(sort) ? `sort[${index}]` : 'sort'),
  )
}

function parseSortKey(entry: Sort, table: Table, place: string): SortKey {
  checkOption(entry, place, 'records', SORT)
  const { column, direction, nulls } =
    typeof entry === 'string' ? ({ column: entry } as Exclude<Sort, string>) : entry
  const subject = resolveSubject(column, table, place)
  if (subject.type === 'jsonb') {
    throw invalid(place, `${nameOf(subject)} is jsonb, which has no useful order`)
  }
  return { subject, descending: direction === 'desc', nullsFirst: nulls === 'first' }
}

function checkName(name: unknown, place: string): string {
  if (typeof name === 'string') return name
  throw invalid(place, `must be the name of a column, not ${describe(name)}`)
}

function invalid(place: string, message: string, hint?: string): InvalidInputError {
  return new InvalidInputError(`${place}: ${message}`, { field: place, hint })
}
