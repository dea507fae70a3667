import type { ColumnType } from '@chatlayer-tables/contract'
import type { z } from 'zod'
import type { CallContext, Result } from '../../call/context.ts'
import { matchNotice } from '../../notices/where.ts'
import { columnOf, recordFieldOf } from '../../policy/check-where.ts'
import type { GuardedTable } from '../../policy/guarded-table.ts'
import { readCursor } from '../../result/cursor.ts'
import { fitRows } from '../../result/fit-rows.ts'
import { joinSentences } from '../../result/sentences.ts'
import { ToolError } from '../../result/tool-error.ts'
import { type Aggregate, Aggregation, parseAggregate } from './aggregate.ts'
import type { queryRecords } from './definition.ts'
import { compareCells, type Sign } from './value-order.ts'

type Input = z.output<typeof queryRecords.input>

/** Runs an aggregate query: one row per group, or one row for all records. */
export async function queryGroups(
  input: Input,
  table: GuardedTable,
  context: CallContext,
): Promise<Result<typeof queryRecords.output>> {
  const { where, limit } = input
  const { columns, read } = planGroups(input, table)
  const query = [
    context.request.principal,
    table.definition.id,
    table.version,
    where,
    columns,
    input.sort,
  ]
  const offset = readCursor(input.cursor, query)
  const { rows: all, records, remark } = await read()
  return fitRows({
    maxTokens: input.max_tokens,
    format: input.format,
    from: input.cell_from,
    facts: { version: table.version },
    remark: joinSentences(
      offset === 0 ? await matchNotice(table, where, records, context) : undefined,
      remark,
    ),
    columns,
    isSelected: true,
    rows: all.slice(offset, offset + limit),
    offset,
    total: all.length,
    query,
    firstRow: 'The next group',
  })
}

/** All groups of a query, in their order. */
export interface Groups {
  /** One row per group: the values grouped by, then the aggregates. */
  readonly rows: readonly (readonly unknown[])[]
  /** The number of records in all groups. */
  readonly records: number
  readonly remark: string | undefined
}

export interface PlannedGroups {
  readonly columns: readonly string[]
  /** The number of leading columns that are grouped by. */
  readonly groupedBy: number
  readonly read: () => Promise<Groups>
}

/** @throws ToolError for an aggregate query that is invalid or not allowed */
export function planGroups(
  input: Pick<Input, 'group_by' | 'aggregate' | 'select' | 'sort' | 'where'>,
  table: GuardedTable,
): PlannedGroups {
  const { where } = input
  const groupBy = [...new Set(input.group_by ?? [])]
  const aggregates = (input.aggregate ?? ['count']).map((text, index) =>
    parseAggregate(text, `aggregate[${index}]`),
  )
  if (input.select !== undefined) {
    throw new ToolError(
      'INVALID_ARGUMENTS',
      'select cannot be combined with group_by or aggregate.',
      {
        field: 'select',
        hint: 'Omit select: the result has the columns of group_by, then the aggregates.',
      },
    )
  }
  checkNames(table, groupBy, aggregates)
  const columns = [...groupBy, ...aggregates.map(({ label }) => label)]
  const aggregation = new Aggregation(table.definition, groupBy, aggregates)
  const order = orderOf(input.sort, columns, groupBy.length, aggregation.types())
  return {
    columns,
    groupedBy: groupBy.length,
    async read() {
      for await (const page of table.pages({ where, select: namesOf(groupBy, aggregates) })) {
        for (const record of page) aggregation.add(record)
      }
      const { records } = aggregation
      return { rows: aggregation.rows().sort(order), records, remark: aggregation.remark() }
    },
  }
}

/** @throws ToolError for a column that may not be compared */
function checkNames(
  table: GuardedTable,
  groupBy: readonly string[],
  aggregates: readonly Aggregate[],
): void {
  for (const [index, name] of groupBy.entries()) check(table, name, `group_by[${index}]`)
  for (const [index, { of }] of aggregates.entries()) {
    if (of !== undefined) check(table, of, `aggregate[${index}]`)
  }
}

function check(table: GuardedTable, name: string, place: string): void {
  if (recordFieldOf(name) === undefined) table.checkColumn(columnOf(name), 'compare', place)
}

/** The columns to read. */
function namesOf(groupBy: readonly string[], aggregates: readonly Aggregate[]): string[] {
  return [...new Set([...groupBy, ...aggregates.flatMap(({ of }) => of ?? [])])]
}

const ASCENDING: Sign = 1
const DESCENDING: Sign = -1

type Order = (a: readonly unknown[], b: readonly unknown[]) => number

/** By the sort of the call, otherwise by the first aggregate, largest first; then by the groups. */
function orderOf(
  sort: Input['sort'],
  columns: readonly string[],
  groups: number,
  types: readonly (ColumnType | undefined)[],
): Order {
  const keys = (sort ?? []).map(({ column, direction }, index) => {
    const at = columns.findIndex((name) => name === column || name === labelOf(column))
    if (at < 0) {
      throw new ToolError('INVALID_INPUT', `The result has no column ${JSON.stringify(column)}.`, {
        field: `sort[${index}].column`,
        hint: `Columns of the result: ${columns.join(', ')}.`,
      })
    }
    return { at, sign: direction === 'desc' ? DESCENDING : ASCENDING }
  })
  const byDefault = [
    ...(keys.length === 0 ? [{ at: groups, sign: DESCENDING }] : []),
    ...Array.from({ length: groups }, (_, at) => ({ at, sign: ASCENDING })),
  ]
  return (a, b) => {
    for (const { at, sign } of [...keys, ...byDefault]) {
      const order = compareCells(a[at], b[at], types[at], sign)
      if (order !== 0) return order
    }
    return 0
  }
}

/** `sum:price` means the column `sum(price)`. */
function labelOf(text: string): string {
  try {
    return parseAggregate(text, 'sort').label
  } catch {
    return text
  }
}
