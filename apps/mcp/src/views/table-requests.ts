/** Tables and their records, as views may see them. */
import { FILTER_OPERATORS, type RecordRow, type TableFacts, toCell } from '@chatlayer-tables/views'
import { z } from 'zod'
import type { CallContext } from '../call/context.ts'
import { openTable, openVersion } from '../call/open-table.ts'
import type { GuardedTable } from '../policy/guarded-table.ts'
import { ToolError } from '../result/tool-error.ts'
import { planGroups } from '../tools/query-records/groups.ts'
import { cellsOf, columnsOf, fittingRows } from './cells.ts'
import { Call, Limit, Name, Offset, queryOf } from './params.ts'
import { conditionOf } from './record-filter.ts'
import { defineRequest, type ViewRequest } from './view-request.ts'

const Table = z.strictObject({ table: Name.optional() })

const tables = defineRequest({
  name: 'tables',
  tools: ['list_tables'],
  params: z.strictObject({}),
  async answer(_params, context) {
    const visible = await context.catalog.list(context.signal)
    const { version } = context.client.connection
    const opened = visible.map((one) => openVersion(context, one, version))
    return { result: { tables: await Promise.all(opened.map(factsOf)) } }
  },
})

const table = defineRequest({
  name: 'table',
  tools: ['query_records', 'describe_table'],
  params: Table,
  answer: async (params, context) => ({ result: await factsOf(await openNamed(params, context)) }),
})

async function factsOf(opened: GuardedTable): Promise<TableFacts> {
  const { definition, version, visible } = opened
  return {
    table: definition.name,
    version,
    columns: columnsOf(visible),
    total: await opened.count(),
    // Changes go through the tools, which preview them.
    isWritable: false,
    facts: definition.description ? [['description', definition.description]] : [],
  }
}

/** @throws ToolError if no table is named */
export async function openNamed(
  { table: named }: z.output<typeof Table>,
  context: CallContext,
): Promise<GuardedTable> {
  if (named !== undefined) return openTable(context, named, 'read')
  throw new ToolError('INVALID_ARGUMENTS', 'table is missing.', { field: 'params.table' })
}

const records = defineRequest({
  name: 'records',
  tools: ['query_records'],
  params: Table.extend({
    offset: Offset,
    limit: Limit,
    sort: z.strictObject({ column: Name, descending: z.boolean() }).optional(),
    filters: z
      .array(
        z.strictObject({
          column: Name,
          operator: z.enum(FILTER_OPERATORS),
          value: z.string().max(10_000).optional(),
        }),
      )
      .max(100),
    search: Name.optional(),
    call: Call.optional(),
  }),
  async answer({ offset, limit, sort, call, ...rest }, context) {
    const query = call === undefined ? undefined : queryOf(call)
    const opened = await openNamed({ table: rest.table ?? query?.table }, context)
    const condition = conditionOf(rest, opened)
    const where = bothOf(query?.where, condition)
    const order =
      sort && ({ column: sort.column, direction: sort.descending ? 'desc' : 'asc' } as const)
    const found = await opened.records({
      where,
      offset,
      limit,
      sort: order === undefined ? query?.sort : [order],
    })
    const isLastPage = found.length < limit && (found.length > 0 || offset === 0)
    const total = isLastPage ? offset + found.length : await opened.count(where)
    const rows = found.map(
      ({ id, createdAt, updatedAt, values }): RecordRow => ({
        id,
        createdAt,
        updatedAt,
        cells: cellsOf(values, opened.visible),
      }),
    )
    return { result: { rows: fittingRows(rows), total } }
  },
})

type Condition = Readonly<Record<string, unknown>>

function bothOf(one: Condition | undefined, other: Condition | undefined): Condition | undefined {
  return one === undefined || other === undefined ? (one ?? other) : { and: [one, other] }
}

/** Groups that a view draws. */
const MAX_GROUPS = 500

const groups = defineRequest({
  name: 'groups',
  tools: ['query_records'],
  params: z.strictObject({ call: Call }),
  async answer({ call }, context) {
    const query = queryOf(call)
    const opened = await openTable(context, query.table, 'read')
    const { columns, groupedBy, read } = planGroups(query, opened)
    const { rows, records: counted, remark } = await read()
    const shown = fittingRows(
      rows.slice(0, MAX_GROUPS).map((row) => ({
        labels: row.slice(0, groupedBy).map(toCell),
        values: row.slice(groupedBy).map(toCell),
      })),
    )
    return {
      result: {
        title: `${opened.definition.name} (${opened.version})`,
        facts: [
          ['records', String(counted)],
          ['groups', String(rows.length)],
          ...(shown.length < rows.length ? [['shown', String(shown.length)] as const] : []),
          ...(remark === undefined ? [] : [['note', remark] as const]),
        ],
        columns: columns.slice(0, groupedBy),
        measures: columns.slice(groupedBy),
        groups: shown,
      },
    }
  },
})

export const tableRequests: readonly ViewRequest[] = [tables, table, records, groups]
