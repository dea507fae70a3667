/** Makes a file of what a table is to hold, from a source whose rows are not taken as they are. */
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { type JsonValue, stringifyJson, type Value, type Values } from '@chatlayer-tables/core'
import type { Source, SourceCell, SourceRow } from '@chatlayer-tables/files'
import { asStorageError } from '@chatlayer-tables/local'
import type { SideInput } from '../compare/compare-types.ts'
import { openInput } from '../input/open-input.ts'
import type { ReadingSettings } from '../rows/reading-settings.ts'
import type { SyncSpec } from './project-types.ts'
import { RowTransform, type RowTransformOptions } from './transform-rows.ts'

export interface TransformOptions extends RowTransformOptions {
  /** What the rows are read from. */
  readonly source: SideInput
  /** The file to write, as NDJSON with the columns of the table. */
  readonly path: string
  readonly onRows?: ((rows: number) => void) | undefined
}

/** Whether rows of a source are not taken as they are. */
export function isTransformed({ columns, transform, where }: SyncSpec, isTable: boolean): boolean {
  // A file is read under other names without this.
  const isRenamed = isTable && Object.values(columns).some((column) => column !== null)
  return isRenamed || Object.keys(transform).length > 0 || where !== undefined
}

/**
 * Reads the source once and writes what the table is to hold. Memory does not grow with the rows.
 *
 * @returns the columns of the table that every row has
 * @throws InvalidInputError for columns that do not fit, and for rows that cannot be read or computed,
 *   naming their lines; ProjectError for an expression
 */
export async function transformSource(options: TransformOptions): Promise<string[]> {
  const source = await openRows(options)
  try {
    const transform = await RowTransform.prepare(source.rows, options, source.reading)
    await writeRows(transform.rows(), options)
    return transform.columns
  } finally {
    await source.rows.close()
  }
}

/** A table is read as if it were a file of JSON. */
async function openRows({ source, signal }: TransformOptions): Promise<{
  readonly rows: Source
  readonly reading: ReadingSettings
}> {
  if (source.kind === 'file') {
    const { input, reading = {} } = source
    return { rows: await openInput(input, reading, signal), reading }
  }
  const { table } = source
  const { columns } = await table.definition({ signal })
  const names = columns.map(({ name }) => name)
  async function* rows(): AsyncGenerator<SourceRow, void, undefined> {
    let line = 0
    for await (const { values } of table.records({}, { signal })) {
      yield { line: ++line, cells: names.map((name) => cellOf(values[name] ?? null)) }
    }
  }
  const opened: Source = {
    ...{ format: 'ndjson', header: names, rows: rows(), notes: [] },
    ...{ inputKind: 'table', place: 'row' },
    ...{ bytesTotal: undefined, isPlainUtf8: true, bytesRead: () => 0 },
    async close() {},
  }
  return { rows: opened, reading: {} }
}

function cellOf(value: Value): SourceCell {
  return value === null ? null : { json: value as JsonValue }
}

/** @throws StorageError when the file cannot be written */
async function writeRows(
  rows: AsyncIterable<Values>,
  { path, onRows }: TransformOptions,
): Promise<void> {
  const file = createWriteStream(path, { mode: 0o600 })
  const failed = once(file, 'error').then(([error]) => {
    throw asStorageError(error, path)
  })
  failed.catch(() => undefined)
  try {
    let count = 0
    for await (const values of rows) {
      if (!file.write(`${stringifyJson(values)}\n`))
        await Promise.race([once(file, 'drain'), failed])
      onRows?.(++count)
    }
    file.end()
    await Promise.race([once(file, 'close'), failed])
  } finally {
    file.destroy()
  }
}
