import type { QueryOptions, TableHandle, TableRecord } from '@chatlayer-tables/core'
import { estimateTokens, fitItems } from '../answer/budget.ts'
import { readCursor, writeCursor } from '../answer/cursor.ts'
import { ToolFailure } from '../answer/failure.ts'
import { MOST_TOKENS } from '../tools/fields.ts'
import { queryRecords } from '../tools/query-records.ts'
import { selectedColumns, shownColumns } from './columns.ts'
import { bind } from './context.ts'
import { openTable } from './open-table.ts'
import { asWhere } from './selection.ts'

/** What an answer takes beside its rows and column names: notices, counts, the cursor. */
const FRAME_TOKENS = 160

export const runQueryRecords = bind(queryRecords, async (input, context) => {
  const { select, sort, limit, max_tokens: maxTokens } = input
  const { signal } = context
  const table = openTable(context, input.table, 'read')
  const definition = await table.definition({ signal })
  const where = input.where && asWhere(input.where)
  const question = [definition.id, table.version, where, select, sort]
  const offset = readCursor(input.cursor, question)

  const records = await read(
    table,
    { where, select: select && selectedColumns(select), sort, limit, offset },
    signal,
  )
  const isLastPage = records.length < limit && (records.length > 0 || offset === 0)
  const total = isLastPage ? offset + records.length : await table.count(where, { signal })

  const shown = limit === 0 ? [] : shownColumns(definition, select)
  const columns = shown.map(({ name }) => name)
  const all = records.map((record) => shown.map((column) => column.of(record)))
  const budget = maxTokens - FRAME_TOKENS - estimateTokens(JSON.stringify(columns))
  const { items: rows, overflow } = fitItems(all, budget)
  if (overflow !== undefined && rows.length === 0) {
    throw tooLarge(records[0], overflow + maxTokens - budget)
  }

  const next = offset + rows.length
  const truncated = limit > 0 && next < total && records.length > 0
  return {
    notice:
      overflow === undefined
        ? undefined
        : `Cut after ${rows.length} of ${records.length} rows by max_tokens; next_cursor goes on. Fewer columns make room for more rows.`,
    version: table.version,
    columns,
    rows: [...rows],
    returned: rows.length,
    total,
    truncated,
    ...(truncated ? { next_cursor: writeCursor(next, question) } : {}),
  }
})

function read(
  table: TableHandle,
  query: QueryOptions & { readonly limit: number },
  signal: AbortSignal,
): Promise<readonly TableRecord[]> {
  if (query.limit === 0) return Promise.resolve([])
  return table.records(query, { signal }).toArray()
}

function tooLarge(record: TableRecord | undefined, tokens: number): ToolFailure {
  const message = `The next record, ${record?.id}, takes about ${tokens} tokens by itself.`
  return new ToolFailure('ANSWER_TOO_LARGE', message, {
    field: 'max_tokens',
    hint:
      tokens > MOST_TOKENS
        ? `Select fewer columns; max_tokens is ${MOST_TOKENS} at most.`
        : `Raise max_tokens to ${tokens}, or select fewer columns.`,
  })
}
