import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import {
  type BulkWrite,
  type CallOptions,
  ChatlayerError,
  type ErrorCode,
  InvalidInputError,
  type Outcome,
  type Table,
  UnknownOutcomeError,
  type Values,
  type Version,
} from '@chatlayer-tables/core'
import { cellToValue } from './cells.ts'
import { type MatchedColumn, matchColumns } from './columns.ts'
import { type CsvFile, type CsvRow, openCsv } from './csv-read.ts'
import { ImportReports } from './import-reports.ts'
import type { ImportCounts, ImportProgress, ImportReport, ImportStop } from './import-types.ts'

/** What an import needs of a table; a `TableHandle` of the client is one. */
export interface ImportTarget {
  readonly version: Version
  definition(call?: CallOptions): Promise<Table>
  insertMany(rows: AsyncIterable<Values>, options?: CallOptions): BulkWrite<Values>
}

export interface ImportOptions {
  readonly table: ImportTarget
  /** The path of a CSV file whose first line names the columns. */
  readonly file: string
  /** Ends the import gently: no further row is sent, those under way come to their end. */
  readonly stop?: AbortSignal | undefined
  /** Ends it at once: rows under way are then unknown. */
  readonly signal?: AbortSignal | undefined
  /** Called after each row that came to its end. */
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined
}

/**
 * Inserts the rows of a CSV file into a table, many at a time, with memory that does not grow with
 * the file. Every row ends as exactly one of ok, rejected, unknown and unsent; those that are not ok
 * stand in files beside the input, see {@link ImportReport.files}.
 *
 * Trouble with rows, and an end before the file's, are told in the report; they do not throw.
 *
 * @throws InvalidInputError when the file cannot be read or its columns do not fit the table,
 *   ChatlayerError when the table cannot be read; nothing has been written then
 */
export async function importCsv(options: ImportOptions): Promise<ImportReport> {
  const { table, file, signal } = options
  const startedAt = performance.now()
  const source = await openCsv(file)
  const definition = await table.definition({ signal })
  const columns = matchColumns(source.header, definition)
  const filled = new Set(columns.map(({ name }) => name))
  const run = new ImportRun(options, source, columns, (await stat(file)).size)
  const stopped = await run.run()
  return {
    table: definition.name,
    version: table.version,
    file: basename(file),
    ...run.counts,
    elapsedMs: performance.now() - startedAt,
    absentColumns: definition.columns.map(({ name }) => name).filter((name) => !filled.has(name)),
    stopped,
    files: await run.reports.close(),
  }
}

type Ending = Exclude<keyof ImportCounts, 'read'>

/** One import under way: which rows are out, and how the others ended. */
class ImportRun {
  readonly counts = { read: 0, ok: 0, rejected: 0, unknown: 0, unsent: 0 }
  readonly reports: ImportReports
  readonly #options: ImportOptions
  readonly #source: CsvFile
  readonly #columns: readonly MatchedColumn[]
  readonly #bytesTotal: number
  /** Rows handed to the client, by their place in its input, until their outcome is known. */
  readonly #underWay = new Map<number, CsvRow>()
  #stopped: ImportStop | undefined

  constructor(
    options: ImportOptions,
    source: CsvFile,
    columns: readonly MatchedColumn[],
    bytesTotal: number,
  ) {
    this.#options = options
    this.#source = source
    this.#columns = columns
    this.#bytesTotal = bytesTotal
    this.reports = new ImportReports(options.file, source.header)
  }

  async run(): Promise<ImportStop | undefined> {
    const { table, signal } = this.#options
    try {
      for await (const outcome of table.insertMany(this.#rows(), { signal })) {
        await this.#settle(outcome)
      }
    } catch (error) {
      this.#stopped ??= stopOf(error, signal)
    }
    await this.#endThoseUnderWay()
    if (this.#stopped !== undefined && this.#stopped.reason !== 'file') await this.#passOverRest()
    return this.#stopped
  }

  /** The rows that can be sent, until there are none or the import is to stop. */
  async *#rows(): AsyncGenerator<Values, void, undefined> {
    let index = 0
    for (;;) {
      if (this.#options.stop?.aborted) this.#stopped = { reason: 'interrupted', error: undefined }
      if (this.#stopped !== undefined) return
      const row = await this.#next()
      if (row === undefined) return
      const values = await this.#read(row)
      if (values === undefined) continue
      this.#underWay.set(index++, row)
      yield values
    }
  }

  async #next(): Promise<CsvRow | undefined> {
    try {
      const { done, value } = await this.#source.rows.next()
      if (done === true) return undefined
      this.counts.read++
      return value
    } catch (error) {
      if (!(error instanceof ChatlayerError)) throw error
      this.#stopped = { reason: 'file', error }
      return undefined
    }
  }

  /** The values of a row; undefined, with the row rejected, when they cannot be read. */
  async #read(row: CsvRow): Promise<Values | undefined> {
    try {
      return rowToValues(row, this.#columns, this.#source.header.length)
    } catch (error) {
      if (!(error instanceof ChatlayerError)) throw error
      await this.reports.rejected(row, error)
      this.#count('rejected')
      return undefined
    }
  }

  async #settle(outcome: Outcome): Promise<void> {
    const row = this.#underWay.get(outcome.index)
    if (row === undefined) throw new Error(`an outcome for row ${outcome.index}, which is not out`)
    this.#underWay.delete(outcome.index)
    if (outcome.status === 'ok') return this.#count('ok')
    if (outcome.status === 'unknown') {
      await this.reports.unknown(row, outcome.error, outcome.tried)
      return this.#count('unknown')
    }
    if (isOfTheRow[outcome.error.code]) {
      await this.reports.rejected(row, outcome.error)
      return this.#count('rejected')
    }
    await this.reports.unsent(row)
    return this.#count('unsent')
  }

  /** A write that was broken off leaves rows of which nothing is known. */
  async #endThoseUnderWay(): Promise<void> {
    for (const row of this.#underWay.values()) {
      const error = new UnknownOutcomeError('the import ended before the answer came', {
        tried: [],
      })
      await this.reports.unknown(row, error, [])
      this.#count('unknown')
    }
    this.#underWay.clear()
  }

  /** Once stopped, the rest of the file is copied, so that importing the copy goes on. */
  async #passOverRest(): Promise<void> {
    for (;;) {
      if (this.#options.signal?.aborted) return
      const row = await this.#next()
      if (row === undefined) return
      await this.reports.unsent(row)
      this.#count('unsent')
    }
  }

  #count(ending: Ending): void {
    this.counts[ending]++
    this.#options.onProgress?.({
      ...this.counts,
      bytesRead: this.#source.bytesRead(),
      bytesTotal: this.#bytesTotal,
    })
  }
}

function stopOf(error: unknown, signal: AbortSignal | undefined): ImportStop {
  if (signal?.aborted) return { reason: 'interrupted', error: undefined }
  if (error instanceof ChatlayerError) return { reason: 'gateway', error }
  throw error
}

/** Whether a refusal speaks of the row itself, so that sending it again as it is makes no sense. */
const isOfTheRow: Readonly<Record<ErrorCode, boolean>> = {
  INVALID_INPUT: true,
  NOT_EXPRESSIBLE: true,
  REJECTED: true,
  CONFIGURATION: false,
  NOT_FOUND: false,
  AUTHENTICATION: false,
  PERMISSION: false,
  RATE_LIMITED: false,
  GATEWAY: false,
  CONNECTION: false,
  TIMEOUT: false,
  UNEXPECTED_ANSWER: false,
  TABLE_CHANGED: false,
  UNKNOWN_OUTCOME: false,
}

/** @throws InvalidInputError when there are more or fewer cells than columns, or a cell is unreadable */
function rowToValues(
  { cells }: CsvRow,
  columns: readonly MatchedColumn[],
  expected: number,
): Values {
  if (cells.length !== expected) {
    throw new InvalidInputError(
      `the row has ${cells.length} ${cells.length === 1 ? 'cell' : 'cells'}, the header ${expected}`,
      { hint: 'Put cells that hold a comma in quotes, and keep the commas of empty ones.' },
    )
  }
  const entries = columns.map(({ index, name, type }) => [
    name,
    cellToValue(cells[index] ?? null, type, `values.${name}`),
  ])
  return Object.fromEntries(entries)
}
