/** Files, databases and HTTP APIs as tables of a query. */
import {
  cellReader,
  inferColumns,
  openSource,
  type SourceInput,
  type SourceOptions,
} from '@chatlayer-tables/files'
import type { AttachedRows } from '@chatlayer-tables/mirror'
import { spoolTemporarily } from '@chatlayer-tables/transfer'
import type { Context } from '../../context.ts'
import { type AddressOptions, openAddress } from '../../side-inputs.ts'
import { isAddress } from '../../side-kind.ts'

type Column = AttachedRows['columns'][number]

/**
 * @param text a path, or an address
 * @param options for an address
 * @param keep takes what is to be disposed of once the rows were read
 * @throws InvalidInputError for a file that cannot be read, CellError for a file that changed meanwhile,
 *   and as {@link openAddress} does
 */
export async function openRows(
  context: Context,
  text: string,
  options: AddressOptions,
  signal: AbortSignal,
  keep: (disposable: AsyncDisposable) => void,
): Promise<AttachedRows> {
  if (!isAddress(text)) {
    const input = { path: text }
    return rowsOf(input, {}, await inferredColumns(input, {}, signal))
  }
  await using address = await openAddress({ ...context, stop: signal }, text, options)
  const copy = await spoolTemporarily(address.input, signal)
  keep(copy)
  const declared = address.reading?.columns
  return rowsOf(copy, copy.format, declared ?? (await inferredColumns(copy, copy.format, signal)))
}

/** Types as `clt infer` finds them. */
async function inferredColumns(
  input: SourceInput,
  options: SourceOptions,
  signal: AbortSignal,
): Promise<Column[]> {
  const { columns } = await inferColumns(await openSource(input, options), { signal })
  return columns.map(({ name, type }, index) => ({ name: name ?? `column_${index + 1}`, type }))
}

function rowsOf(
  input: SourceInput,
  options: SourceOptions,
  columns: readonly Column[],
): AttachedRows {
  const read = cellReader()
  async function* rows() {
    const source = await openSource(input, options)
    try {
      for await (const { cells } of source.rows) {
        yield columns.map(({ name, type }, index) =>
          read(cells[index] ?? null, type ?? 'text', name),
        )
      }
    } finally {
      await source.close()
    }
  }
  return { columns, rows: rows() }
}
