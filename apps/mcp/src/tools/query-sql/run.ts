import { ChatlayerError, parseJson } from '@chatlayer-tables/core'
import {
  type Freshness,
  type OutColumn,
  type OutValue,
  parseFreshness,
  type QueryOptions,
  type QueryResultFacts,
  type SqlParameters,
} from '@chatlayer-tables/mirror'
import type { z } from 'zod'
import { type CallContext, defineRun, type RunTool } from '../../call/context.ts'
import { sqlNotice } from '../../notices/sql.ts'
import { readCursor } from '../../result/cursor.ts'
import { fitRows } from '../../result/fit-rows.ts'
import { joinSentences } from '../../result/sentences.ts'
import { ToolError } from '../../result/tool-error.ts'
import { querySql } from './definition.ts'

type Input = z.output<typeof querySql.input>

/** Rows are counted up to this number. */
const MAX_COUNTED = 100_000
const MAX_BYTES = 256 * 1024 * 1024

/** Later pages use the data of the first page for this long. */
const PAGING_MS = 10 * 60_000

export const run: RunTool = defineRun(querySql, async (input, context) => {
  const { client, catalog, signal, request } = context
  const { sql, max_tokens: maxTokens } = input
  // Fails if the operator's options name an unknown table or column.
  await catalog.visible(signal)
  const query = [request.principal, sql, input.params, input.max_rows]
  const offset = readCursor(input.cursor, query)
  const { facts, rows, total } = await readPage(input, offset, context, {
    connect: (profile) =>
      profile === undefined ? { client, version: client.connection.version } : undefined,
    params: parametersOf(input.params),
    fresh: freshnessOf(input.fresh, offset),
    limits: { maxRows: MAX_COUNTED, maxBytes: MAX_BYTES },
    signal,
    onProgress: (_table, records) =>
      void request.progress?.(records, undefined, `${records} records read`),
  })
  const sources = facts.sources
    .map(({ table, version, asOf, complete }) => ({ table, version, complete, as_of: asOf }))
    .sort((a, b) => compare(a.table, b.table) || compare(a.version, b.version))
  return fitRows({
    maxTokens,
    format: 'concise',
    from: input.cell_from,
    facts: { sources },
    remark: joinSentences(
      offset === 0 ? await sqlNotice(sql, facts.sources, context) : undefined,
      ...facts.notices.map((notice) => `${notice}.`),
      facts.truncated === undefined
        ? undefined
        : `There are more than ${total} rows; total stops there.`,
    ),
    columns: facts.columns.map(({ name }) => name),
    isSelected: true,
    rows,
    offset,
    total,
    query,
    firstRow: 'The next row',
  })
})

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The rows of one page, and the total number of rows. */
async function readPage(
  { sql, max_rows: maxRows }: Input,
  offset: number,
  context: CallContext,
  options: QueryOptions,
) {
  const rows: unknown[][] = []
  let columns: readonly OutColumn[] = []
  let total = 0
  const facts = await hideStorageErrors(context, async () =>
    (await context.mirrors.open()).each(sql, options, {
      columns: (found) => {
        // A restarted query reports its columns again.
        columns = found
        rows.length = 0
        total = 0
      },
      rows: (batch) => {
        for (const row of batch) {
          if (total >= offset && rows.length < maxRows) rows.push(shownRow(row, columns))
          total += 1
        }
      },
    }),
  )
  return { facts, rows, total }
}

/** Parses the cells of jsonb columns. */
function shownRow(row: readonly OutValue[], columns: readonly OutColumn[]): unknown[] {
  return row.map((cell, index) => {
    if (columns[index]?.type !== 'jsonb' || typeof cell !== 'string') return cell
    try {
      return parseJson(cell)
    } catch {
      return cell
    }
  })
}

function parametersOf(params: Input['params']): SqlParameters | undefined {
  if (params === undefined) return undefined
  const value = (one: string | number | boolean | null) =>
    typeof one === 'boolean' ? Number(one) : one
  if (isList(params)) return params.map(value)
  return Object.fromEntries(Object.entries(params).map(([name, one]) => [name, value(one)]))
}

function isList<T>(params: readonly T[] | Readonly<Record<string, T>>): params is readonly T[] {
  return Array.isArray(params)
}

/** @throws ToolError for an invalid value */
function freshnessOf(text: string, offset: number): Freshness {
  const fresh = parseFreshness(text)
  if (fresh === undefined) {
    throw new ToolError('INVALID_ARGUMENTS', `Invalid fresh: ${JSON.stringify(text)}.`, {
      field: 'fresh',
      hint: 'Use always, never, or an age such as 30s, 5m or 1h.',
    })
  }
  if (offset === 0 || fresh === 'never') return fresh
  return fresh === 'always' ? PAGING_MS : Math.max(fresh, PAGING_MS)
}

/** Hides paths of this server: errors of the mirror's files are only logged. */
async function hideStorageErrors(
  { log, signal }: CallContext,
  query: () => Promise<QueryResultFacts>,
): Promise<QueryResultFacts> {
  try {
    return await query()
  } catch (error) {
    const isSystemError = error instanceof Error && 'code' in error && !signal.aborted
    if (error instanceof ChatlayerError || !isSystemError) throw error
    log.error(error.message)
    throw new ToolError(
      'CONFIGURATION',
      'This server cannot store its copies of the tables for SQL.',
      {
        hint: 'Use query_records, which needs no copies; the log of the server (stderr) has the reason.',
      },
    )
  }
}
