/** Query options as callers write them, checked against the table. Pure. */
import type { Table } from '@chatlayer-tables/contract'
import { InvalidInputError } from '../errors.ts'
import type { QueryOptions, Sort } from '../types.ts'
import { describe } from '../values/literal.ts'
import { ALWAYS, type Condition, nameOf, type Subject } from './condition.ts'
import { parseWhere } from './parse-where.ts'
import { resolveSubject } from './subject.ts'

export interface SortKey {
  readonly subject: Subject
  readonly descending: boolean
}

export interface Query {
  readonly condition: Condition
  readonly sort: readonly SortKey[]
  /** Columns to keep; undefined for all. */
  readonly select: readonly string[] | undefined
  readonly limit: number | undefined
  readonly offset: number
}

/** @throws InvalidInputError with the place in the options */
export function parseQuery(options: QueryOptions, table: Table): Query {
  return {
    condition: options.where === undefined ? ALWAYS : parseWhere(options.where, table),
    sort: parseSort(options.sort, table),
    select: options.select?.map((name, index) => parseSelected(name, table, `select[${index}]`)),
    limit: options.limit === undefined ? undefined : parseCount(options.limit, 'limit'),
    offset: parseCount(options.offset ?? 0, 'offset'),
  }
}

function parseCount(count: number, place: string): number {
  if (Number.isSafeInteger(count) && count >= 0) return count
  throw new InvalidInputError(`${place}: expected a whole number from 0`, { field: place })
}

function parseSelected(name: string, table: Table, place: string): string {
  const subject = resolveSubject(name, table, place)
  if (subject.kind === 'column') return subject.name
  throw new InvalidInputError(`${place}: ${name} is no column; every record carries it anyway`, {
    field: place,
    hint: `A column of that name is written '"${name}"'.`,
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
  if (typeof column !== 'string') {
    throw new InvalidInputError(`${place}: expected a column's name, not ${describe(column)}`, {
      field: place,
    })
  }
  if (direction !== 'asc' && direction !== 'desc') {
    throw new InvalidInputError(`${place}.direction: expected asc or desc`, {
      field: `${place}.direction`,
    })
  }
  const subject = resolveSubject(column, table, place)
  if (subject.type === 'jsonb') {
    throw new InvalidInputError(
      `${place}: ${nameOf(subject)} is jsonb, which has no useful order`,
      {
        field: place,
      },
    )
  }
  return { subject, descending: direction === 'desc' }
}
