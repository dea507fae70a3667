import type { z } from 'zod'
import { type CallContext, defineRun, type Result, type RunTool } from '../../call/context.ts'
import { openTable } from '../../call/open-table.ts'
import { sortColumns, sortedNullsNotice } from '../../notices/sort.ts'
import { matchNotice } from '../../notices/where.ts'
import { columnOf } from '../../policy/check-where.ts'
import type { GuardedTable } from '../../policy/guarded-table.ts'
import { readCursor } from '../../result/cursor.ts'
import { fitRows } from '../../result/fit-rows.ts'
import { joinSentences } from '../../result/sentences.ts'
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

async function queryRows(
  input: Input,
  table: GuardedTable,
  context: CallContext,
): Promise<QueryResult> {
  const { select, sort, limit, where } = input
  const { definition } = table
  const query = [context.request.principal, definition.id, table.version, where, select, sort]
  const offset = readCursor(input.cursor, query)
  const records =
    limit === 0 ? [] : await table.records({ ...input, select: withSort(input, table), offset })
  const isLastPage = records.length < limit && (records.length > 0 || offset === 0)
  const total = isLastPage ? offset + records.length : await table.count(where)

  const shown = limit === 0 ? [] : shownColumns(definition, select, input.format)
  return fitRows({
    maxTokens: input.max_tokens,
    format: input.format,
    from: input.cell_from,
    facts: { version: table.version },
    remark: joinSentences(
      offset === 0 ? await matchNotice(table, where, total, context) : undefined,
      sortedNullsNotice(sort, records),
    ),
    columns: shown.map(({ name }) => name),
    isSelected: select !== undefined,
    rows: records.map((record) => shown.map((column) => column.of(record))),
    offset,
    total,
    query,
    firstRow: `The next record, ${records[0]?.id},`,
  })
}

/** Also reads the columns of the sort, to report nulls in them. */
function withSort({ select, sort }: Input, { readable }: GuardedTable): string[] | undefined {
  const names = readable.map(({ name }) => name)
  return (
    select && [...select, ...sortColumns(sort).filter((name) => names.includes(columnOf(name)))]
  )
}
