/** Files as tables of a query; their columns and types are inferred as by `clt infer`. */

import { cellReader, inferColumns, openSource } from '@chatlayer-tables/files'
import type { AttachedRows } from '@chatlayer-tables/mirror'

/** @throws InvalidInputError for a file that cannot be read, CellError for a file that changed meanwhile */
export async function openRows(path: string, signal: AbortSignal): Promise<AttachedRows> {
  const { columns } = await inferColumns(await openSource({ path }), { signal })
  const read = cellReader()
  const named = columns.map(({ name, type }, index) => ({
    name: name ?? `column_${index + 1}`,
    type,
  }))
  async function* rows() {
    const source = await openSource({ path })
    try {
      for await (const { cells } of source.rows) {
        yield named.map(({ name, type }, index) => read(cells[index] ?? null, type, name))
      }
    } finally {
      await source.close()
    }
  }
  return { columns: named, rows: rows() }
}
