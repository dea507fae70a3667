import type { Writable } from 'node:stream'
import {
  InvalidInputError,
  type Table,
  type TableRecord,
  type Values,
} from '@chatlayer-tables/core'
import {
  createSink,
  DEFAULT_FORMAT,
  type FileFormat,
  FORMAT_FACTS,
  fileFormat,
  formatsWith,
  listFormats,
  OutputFile,
} from '@chatlayer-tables/files'
import { type ExportColumns, exportColumns } from './columns.ts'
import type { ExportOptions, ExportReport } from './export-types.ts'

/**
 * Writes the records of a table into a file or a stream, in any format that an import reads. What it
 * writes is read back as the same values: null and the empty text apart, every digit, nested JSON.
 *
 * - Pages are read in parallel and written as they come: memory does not grow with the table, but for
 *   the ids that the reader keeps to notice a change. With `sort`, all that matches is held.
 * - A file gets its name when it is whole. Until then, and when the export fails or is aborted, what
 *   was there stays; a killed process leaves its part under a name that ends in `.partial`.
 * - A path that ends in `.gz` is packed.
 *
 * @throws InvalidInputError when nothing can be written there, the format cannot be detected or has no
 *   such option, or a column is none of the table; TableChangedError when the table kept changing while it was read;
 *   ChatlayerError when it cannot be read; StorageError when the disk is full; the reason of an abort
 */
export async function exportTable(options: ExportOptions): Promise<ExportReport> {
  const startedAt = performance.now()
  const { table, to, signal } = options
  const format = targetFormat(options)
  checkDelimited(options, format)
  const definition = await table.definition({ signal })
  const columns = exportColumns(definition, options)
  const written = await ('path' in to
    ? toFile(to.path, format.gzip, (out) => write(options, definition, columns, format, out))
    : write(options, definition, columns, format, to.stream))
  return {
    table: definition.name,
    version: table.version,
    format: format.format,
    columns: columns.columns.map(({ name }) => name),
    ...written,
    elapsedMs: Math.round(performance.now() - startedAt),
  }
}

function targetFormat({ to, format }: ExportOptions): FileFormat {
  return 'path' in to
    ? fileFormat(to.path, format)
    : { format: format ?? DEFAULT_FORMAT, gzip: false }
}

/** @throws InvalidInputError for an option that the format does not have */
function checkDelimited(options: ExportOptions, { format }: FileFormat): void {
  const { writeOptions } = FORMAT_FACTS[format]
  const isMissing = (name: DelimitedOption): boolean => !writeOptions.some((own) => own === name)
  const field = DELIMITED_OPTIONS.find((name) => options[name] && isMissing(name))
  if (field === undefined) return
  throw new InvalidInputError(`${FORMAT_FACTS[format].label} has no ${OPTION_LABELS[field]}`, {
    field,
    hint: `Export as ${listFormats(formatsWith(field))}, or omit the option. XLSX opens in a spreadsheet as it is.`,
  })
}

/** Options that must not be ignored. `safeFormulas` may be: other formats need no guard. */
const OPTION_LABELS = {
  bom: 'byte order mark',
  delimiter: 'delimiter',
  decimal: 'decimal mark to choose',
} as const

type DelimitedOption = keyof typeof OPTION_LABELS

const DELIMITED_OPTIONS = Object.keys(OPTION_LABELS) as readonly DelimitedOption[]

type Written = Pick<ExportReport, 'records' | 'guarded' | 'leftOut'>

async function toFile(
  path: string,
  gzip: boolean,
  work: (out: Writable) => Promise<Written>,
): Promise<Written> {
  const file = await OutputFile.create(path, { gzip })
  try {
    const written = await work(file.stream)
    await file.keep()
    return written
  } catch (error) {
    await file.discard()
    throw file.reasonOf(error)
  }
}

async function write(
  { table, where, sort, limit, select, signal, onProgress, ...options }: ExportOptions,
  definition: Table,
  { columns, valuesOf }: ExportColumns,
  { format }: FileFormat,
  out: Writable,
): Promise<Written> {
  const { safeFormulas, bom, delimiter, decimal } = options
  const written = { safeFormulas, bom, delimiter, decimal }
  const sink = createSink(format, columns, out, { ...written, signal })
  const surplus = new Surplus(definition)
  let records = 0
  for await (const page of table.records({ where, sort, limit }, { signal }).pages()) {
    if (select === undefined) surplus.look(page)
    await sink.write(page.map(valuesOf))
    records += page.length
    onProgress?.(records)
  }
  await sink.end()
  return { records, guarded: sink.guarded, leftOut: surplus.names }
}

/** Values under names that are not in the table's definition. */
class Surplus {
  readonly #known: ReadonlySet<string>
  readonly #found = new Set<string>()

  constructor({ columns }: Table) {
    this.#known = new Set(columns.map(({ name }) => name))
  }

  get names(): string[] {
    return [...this.#found]
  }

  look(page: readonly TableRecord<Values>[]): void {
    for (const { values } of page) {
      for (const name in values) if (!this.#known.has(name)) this.#found.add(name)
    }
  }
}
