import { columnTypeOf } from '@chatlayer-tables/contract'
import type { CallContext } from '../../call/context.ts'
import { defineRun, type RunTool } from '../../call/context.ts'
import { openVersion } from '../../call/open-table.ts'
import type { VisibleTable } from '../../policy/policy.ts'
import { cutToTokens, fitLists } from '../../result/budget.ts'
import { readCursor, writeCursor } from '../../result/cursor.ts'
import { largestSize } from '../../result/fit-result.ts'
import { DEFAULT_TOKENS } from '../fields.ts'
import { listTables } from './definition.ts'
import { namedBy } from './named-by.ts'

/** The budget of a description in the list. */
const DESCRIPTION_TOKENS = { concise: 60, detailed: 400 } as const

/** The budget of one table's columns. */
const COLUMN_TOKENS = 2_500

type Format = keyof typeof DESCRIPTION_TOKENS

export const run: RunTool = defineRun(
  listTables,
  async ({ cursor, format, counts = false }, context) => {
    const all = await context.catalog.list(context.signal)
    const offset = readCursor(cursor, listTables.name)
    const rest = all.slice(offset, offset + MAX_TABLES)
    // Counts are not known before it is known which tables fit.
    const isNamed = namedBy(all.map(({ table }) => table.name))
    const described = rest.map((table) =>
      shownTable(table, format, isNamed(table.table.name), counts ? LARGE : undefined),
    )
    const sizes = {
      min: 0,
      max: described.length,
      render: (size: number) => page(described.slice(0, size), offset, all.length),
    }
    // At least one table is shown, so that paging always advances.
    const shown = Math.max(1, (await largestSize(DEFAULT_TOKENS, sizes)) ?? 0)
    if (!counts) return page(described.slice(0, shown), offset, all.length)
    const counted = await Promise.all(
      rest.slice(0, shown).map(async (table) => {
        const records = await countVersions(table, context)
        return shownTable(table, format, isNamed(table.table.name), records)
      }),
    )
    return page(counted, offset, all.length)
  },
)

/** More tables do not fit into a result. */
const MAX_TABLES = 500

/** Counts with more digits than any. */
const LARGE = { draft: Number.MAX_SAFE_INTEGER, live: Number.MAX_SAFE_INTEGER }

async function countVersions(table: VisibleTable, context: CallContext): Promise<typeof LARGE> {
  const [draft, live] = await Promise.all([
    openVersion(context, table, 'DRAFT').count(),
    openVersion(context, table, 'LIVE').count(),
  ])
  return { draft, live }
}

function shownTable(
  { table: { name, id, description, columns } }: VisibleTable,
  format: Format,
  isNamed: boolean,
  records: typeof LARGE | undefined,
) {
  const names = columns.map((column) => {
    const type = columnTypeOf(column.type) ?? column.type
    return format === 'detailed' ? `${column.name}: ${type}` : column.name
  })
  const fitted = fitLists({}, { names }, COLUMN_TOKENS).lists.names
  const missing = names.length - fitted.length
  return {
    name,
    ...(isNamed && format === 'concise' ? {} : { id }),
    ...(description ? { description: cutToTokens(description, DESCRIPTION_TOKENS[format]) } : {}),
    ...(records === undefined ? {} : { records }),
    columns: missing === 0 ? names : [...fitted, `…[+${missing}]`],
  }
}

function page(tables: ReturnType<typeof shownTable>[], offset: number, total: number) {
  const next = offset + tables.length
  const truncated = next < total
  return {
    notice: truncated
      ? `The first ${tables.length} tables of this page are shown; next_cursor continues.`
      : undefined,
    tables,
    returned: tables.length,
    total,
    truncated,
    ...(truncated ? { next_cursor: writeCursor(next, listTables.name) } : {}),
  }
}
