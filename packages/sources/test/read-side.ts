/** Reads sides in tests, as the commands do. */
import type { ColumnType } from '@chatlayer-tables/contract'
import type { Value } from '@chatlayer-tables/core'
import { cellReader, openSource } from '@chatlayer-tables/files'
import type { AddressKind } from '../src/address.ts'
import { addressKind } from '../src/address.ts'
import { openSide, type SideInput, type SideReading } from '../src/index.ts'

export async function open(address: string, input: Partial<SideInput> = {}) {
  const kind = addressKind(address) as AddressKind
  return await openSide(kind, { address, env: {}, ...input })
}

/** The text of a reading, and its columns as `name: type`. */
export async function readText(address: string, input: Partial<SideInput> = {}) {
  await using side = await open(address, input)
  await using reading = await side.read()
  const columns = Object.fromEntries(reading.columns?.map(({ name, type }) => [name, type]) ?? [])
  return { text: await textOf(reading), columns, notes: reading.notes, name: side.name }
}

async function textOf(reading: SideReading): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of reading.bytes()) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/**
 * The rows as an import reads them.
 *
 * @param types of the table's columns in place of those that the side proposes
 */
export async function readRows(
  address: string,
  input: Partial<SideInput> = {},
  types: Readonly<Record<string, ColumnType>> = {},
): Promise<Value[][]> {
  await using side = await open(address, input)
  await using reading = await side.read()
  const columns = reading.columns ?? []
  const source = await openSource({ stream: reading.bytes() }, { format: reading.format })
  const read = cellReader()
  const rows: Value[][] = []
  for await (const { cells, problem } of source.rows) {
    if (problem !== undefined) throw problem
    rows.push(
      columns.map(({ name, type }) =>
        read(cells[source.header.indexOf(name)] ?? null, types[name] ?? type, name),
      ),
    )
  }
  return rows
}

/** The message and hint of the error that `work` throws. */
export async function failureOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    const { name, message, hint } = error as Error & { hint?: string }
    return `${name}: ${message} ${hint ?? ''}`
  }
  throw new Error('it did not fail')
}
