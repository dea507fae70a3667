import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { columnTypeOf } from '@chatlayer-tables/contract'
import type { CallOptions, RecordQuery, Table, Values } from '@chatlayer-tables/core'
import { csvHeader, csvLine } from './sink/csv.ts'
import { valueToCell } from './values/write-cell.ts'

/** What an export needs of a table; a `TableHandle` of the client is one. */
export interface ExportSource {
  definition(call?: CallOptions): Promise<Table>
  records(query?: undefined, call?: CallOptions): RecordQuery<Values>
}

export interface ExportOptions {
  readonly table: ExportSource
  readonly signal?: AbortSignal | undefined
  /** Called after each page, with the records written so far. */
  readonly onProgress?: ((records: number) => void) | undefined
}

export interface ExportReport {
  readonly table: string
  readonly records: number
  readonly columns: readonly string[]
  readonly elapsedMs: number
}

/**
 * Writes the records of a table as CSV: a header, the columns in the table's order, UTF-8, `\n`.
 * Null is an empty cell, the empty string an empty cell in quotes. Memory does not grow with the
 * table. `out` is left open.
 *
 * @throws ChatlayerError when the table cannot be read, or kept changing while it was
 */
export async function exportCsv(options: ExportOptions, out: Writable): Promise<ExportReport> {
  const { table, signal, onProgress } = options
  const startedAt = performance.now()
  const definition = await table.definition({ signal })
  const columns = definition.columns.map(({ name, type }) => ({ name, type: columnTypeOf(type) }))
  const names = columns.map(({ name }) => name)
  let records = 0
  await write(out, csvHeader(names), signal)
  for await (const page of table.records(undefined, { signal }).pages()) {
    const rows = page.map(({ values }) =>
      columns.map(({ name, type }) => valueToCell(values[name], type)),
    )
    await write(out, rows.map((row) => csvLine(row)).join(''), signal)
    records += page.length
    onProgress?.(records)
  }
  return {
    table: definition.name,
    records,
    columns: names,
    elapsedMs: performance.now() - startedAt,
  }
}

/**
 * The same into a file. It is written under another name in the same folder and takes its own when
 * it is whole, so that an export that fails leaves what was there before.
 *
 * @throws ChatlayerError as {@link exportCsv} does, and the system's error when it cannot be written
 */
export async function exportCsvFile(options: ExportOptions, file: string): Promise<ExportReport> {
  const partial = `${file}.${process.pid}.partial`
  const out = createWriteStream(partial)
  // A failed stream is noticed at the next write; without a listener it would end the process.
  out.on('error', () => undefined)
  try {
    await once(out, 'open')
    const report = await exportCsv(options, out)
    out.end()
    await finished(out)
    await rename(partial, file)
    return report
  } catch (error) {
    out.destroy()
    await rm(partial, { force: true })
    throw error
  }
}

/** Writes and waits until there is room again; throws what the stream failed with. */
async function write(out: Writable, text: string, signal: AbortSignal | undefined): Promise<void> {
  if (out.errored) throw out.errored
  if (!out.write(text)) await once(out, 'drain', signal === undefined ? {} : { signal })
}
