import { fitItems } from '../answer/budget.ts'
import { readCursor, writeCursor } from '../answer/cursor.ts'
import { listTables } from '../tools/list-tables.ts'
import { bind } from './context.ts'

/** A list of tables is no place for long texts. */
const LONGEST_DESCRIPTION = 200
const MOST_TOKENS = 4_000

export const runListTables = bind(listTables, async ({ cursor }, { client, signal }) => {
  const all = await client.tables.list({ signal })
  const offset = readCursor(cursor, listTables.name)
  const rest = all.slice(offset).map(({ name, id, description, columns }) => ({
    name,
    id,
    ...(description ? { description: shorten(description) } : {}),
    columns: columns.map((column) => column.name),
  }))
  const { items } = fitItems(rest, MOST_TOKENS)
  // One table is always shown, however many columns it has, so that the list goes on.
  const tables = items.length > 0 ? [...items] : rest.slice(0, 1)
  const next = offset + tables.length
  const truncated = next < all.length
  return {
    notice: truncated ? `Cut after ${tables.length} tables; next_cursor goes on.` : undefined,
    tables,
    returned: tables.length,
    total: all.length,
    truncated,
    ...(truncated ? { next_cursor: writeCursor(next, listTables.name) } : {}),
  }
})

function shorten(text: string): string {
  return text.length > LONGEST_DESCRIPTION ? `${text.slice(0, LONGEST_DESCRIPTION)}…` : text
}
