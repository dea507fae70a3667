import { columnTypeOf } from '@chatlayer-tables/contract'
import { defineRun, type RunTool } from '../../call/context.ts'
import { cutToTokens, fitLists } from '../../result/budget.ts'
import { readCursor, writeCursor } from '../../result/cursor.ts'
import { DEFAULT_TOKENS } from '../fields.ts'
import { listTables } from './definition.ts'

/** The budget of a description in the list. */
const DESCRIPTION_TOKENS = { concise: 60, detailed: 400 } as const

/** The budget of one table's columns. */
const COLUMN_TOKENS = 2_500

const CURSOR = writeCursor(Number.MAX_SAFE_INTEGER, '')

export const run: RunTool = defineRun(
  listTables,
  async ({ cursor, format }, { catalog, signal }) => {
    const all = await catalog.list(signal)
    const offset = readCursor(cursor, listTables.name)
    const rest = all.slice(offset).map(({ table: { name, id, description, columns } }) => {
      const names = columns.map((column) => {
        const type = columnTypeOf(column.type) ?? column.type
        return format === 'detailed' ? `${column.name}: ${type}` : column.name
      })
      const fitted = fitLists({}, { names }, COLUMN_TOKENS).lists.names
      const missing = names.length - fitted.length
      return {
        name,
        id,
        ...(description
          ? { description: cutToTokens(description, DESCRIPTION_TOKENS[format]) }
          : {}),
        columns: missing === 0 ? names : [...fitted, `…[+${missing}]`],
      }
    })
    const counts = { returned: all.length, total: all.length, truncated: true, next_cursor: CURSOR }
    const frame = { notice: noticeOf(all.length), ...counts }
    const items = fitLists(frame, { tables: rest }, DEFAULT_TOKENS).lists.tables
    // At least one table is shown, so that paging always advances.
    const tables = items.length > 0 ? [...items] : rest.slice(0, 1)
    const next = offset + tables.length
    const truncated = next < all.length
    return {
      notice: truncated ? noticeOf(tables.length) : undefined,
      tables,
      returned: tables.length,
      total: all.length,
      truncated,
      ...(truncated ? { next_cursor: writeCursor(next, listTables.name) } : {}),
    }
  },
)

function noticeOf(shown: number): string {
  return `The first ${shown} tables of this page are shown; next_cursor continues.`
}
