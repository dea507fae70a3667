/** Parses query options and checks them against the table. Pure. */
import type { Table } from '@chatlayer-tables/contract'
import { InvalidInputError } from '../errors.ts'
import { describe } from '../values/literal.ts'
import { nearest } from '../values/nearest.ts'
import { ALWAYS, type Condition, nameOf, type Subject } from './condition.ts'
import { parseWhere } from './parse-where.ts'
import { resolveSubject } from './subject.ts'
import type { QueryOptions, Sort } from './where-types.ts'

export interface SortKey {
  readonly subject: Subject
  readonly descending: boolean
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

const OPTIONS = [
  'where',
  'select',
  'sort',
  'limit',
  'offset',
  'ahead',
] as const satisfies readonly (keyof QueryOptions)[]

/**
 * @throws InvalidInputError with the place in the options; a misspelled option must not read
 *   everything
 */
export function parseQuery(options: QueryOptions, table: Table): Query {
  for (const name of Object.keys(options)) {
    if (OPTIONS.every((option) => option !== name)) throw unknownOption(name)
  }
  return {
    condition: options.where === undefined ? ALWAYS : parseWhere(options.where, table),
    sort: parseSort(options.sort, table),
    select: options.select === undefined ? undefined : parseSelect(options.select, table),
    limit: options.limit === undefined ? undefined : parseCount(options.limit, 'limit'),
    offset: parseCount(options.offset ?? 0, 'offset'),
    ahead: Math.max(1, parseCount(options.ahead ?? AHEAD, 'ahead')),
  }
}

function unknownOption(name: string): InvalidInputError {
  const near = nearest(name, OPTIONS)
  return invalid(
    name,
    `there is no option "${name}"`,
    near === undefined ? `Options: ${OPTIONS.join(', ')}.` : `Did you mean "${near}"?`,
  )
}

function parseCount(count: number, place: string): number {
  if (Number.isSafeInteger(count) && count >= 0) return count
  throw invalid(place, 'must be a whole number from 0')
}

function parseSelect(select: unknown, table: Table): readonly string[] {
  if (!Array.isArray(select)) {
    throw invalid('select', `must be a list of columns, not ${describe(select)}`)
  }
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
  const { column, direction = 'asc' } =
    typeof entry === 'string' ? { column: entry } : (entry ?? {})
  if (direction !== 'asc' && direction !== 'desc') {
    throw invalid(`${place}.direction`, 'must be asc or desc')
  }
  const subject = resolveSubject(checkName(column, place), table, place)
  if (subject.type === 'jsonb') {
    throw invalid(place, `${nameOf(subject)} is jsonb, which has no useful order`)
  }
  return { subject, descending: direction === 'desc' }
}

function checkName(name: unknown, place: string): string {
  if (typeof name === 'string') return name
  throw invalid(place, `must be the name of a column, not ${describe(name)}`)
}

function invalid(place: string, message: string, hint?: string): InvalidInputError {
  return new InvalidInputError(`${place}: ${message}`, { field: place, hint })
}
