import type { TableRecord } from '@chatlayer-tables/core'
import type { z } from 'zod'
import { type CallContext, defineRun, type Result, type RunTool } from '../../call/context.ts'
import { openTable } from '../../call/open-table.ts'
import type { GuardedTable } from '../../policy/guarded-table.ts'
import { readCursor, writeCursor } from '../../result/cursor.ts'
import { fitRows, readRestByCell } from '../../result/fit-rows.ts'
import { shownColumns } from './columns.ts'
import { queryRecords } from './definition.ts'
import { queryGroups } from './groups.ts'

type Input = z.output<typeof queryRecords.input>
type QueryResult = Result<typeof queryRecords.output>

export const run: RunTool = defineRun(queryRecords, async (input, context) => {
  const table = await openTable(context, input.table, 'read')
  return input.aggregate === undefined && input.group_by === undefined
    ? queryRows(input, table, context)
    : queryGroups(input, table, context)
})

const RECORD_DATES = ['createdAt', 'updatedAt'] as const

async function queryRows(
  input: Input,
  table: GuardedTable,
  { request }: CallContext,
): Promise<QueryResult> {
  const { select, sort, limit, where } = input
  const { definition } = table
  const query = [request.principal, definition.id, table.version, where, select, sort]
  const offset = readCursor(input.cursor, query)
  const records = limit === 0 ? [] : await table.records({ where, select, sort, limit, offset })
  const isLastPage = records.length < limit && (records.length > 0 || offset === 0)
  const total = isLastPage ? offset + records.length : await table.count(where)

  const more = input.format === 'detailed' ? RECORD_DATES : []
  const shown = limit === 0 ? [] : shownColumns(definition, select, more)
  const page = fitRows({
    maxTokens: input.max_tokens,
    format: input.format,
    from: input.cell_from,
    readRest: readRestByCell,
    facts: { version: table.version },
    columns: shown.map(({ name }) => name),
    rows: records.map((record) => shown.map((column) => column.of(record))),
    total,
    describeRow: (index) => `The next record, ${idOf(records[index])},`,
  })
  const next = offset + page.rows.length
  const truncated = limit > 0 && next < total && records.length > 0
  return {
    ...page,
    truncated,
    ...(truncated ? { next_cursor: writeCursor(next, query) } : {}),
  }
}

function idOf(record: TableRecord | undefined): string {
  return record?.id ?? ''
}
