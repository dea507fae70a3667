/** Everything that an import would stumble over, found out without writing. */
import { basename } from 'node:path'
import {
  ChatlayerError,
  InvalidInputError,
  NotExpressibleError,
  type Table,
  type Values,
  type Version,
} from '@chatlayer-tables/core'
import { openSource } from '../source/open-source.ts'
import { createTurns } from '../source/yielding.ts'
import { asPlan } from './import-by-key.ts'
import type { ImportInput } from './import-file.ts'
import type {
  ImportMode,
  ImportPlan,
  ImportSettings,
  ImportTarget,
  RowProblem,
} from './import-types.ts'
import { KeyPlan } from './key-plan.ts'
import { keyTrouble, linesOf, planRecords } from './make-plan.ts'
import { rowProblem } from './row-problem.ts'
import { type ReadRow, RowReader } from './row-reader.ts'

export interface CheckOptions {
  readonly table: ImportTarget
  readonly input: ImportInput
  readonly settings: ImportSettings
  readonly signal?: AbortSignal | undefined
  /** Called for each row that would be rejected, and waited for. */
  readonly onProblem?: ((problem: RowProblem) => void | Promise<void>) | undefined
  /** Called often, with how many rows of the file, and how many records of the table, were read. */
  readonly onProgress?: ((rows: number, records: number) => void) | undefined
}

export interface CheckReport {
  readonly table: string
  readonly version: Version
  readonly file: string
  readonly mode: ImportMode
  /** Rows read from the file, the header not among them. */
  readonly read: number
  /** Of the rows and cells; one row may have several. */
  readonly problems: number
  /** What the rows that are well come to. */
  readonly plan: ImportPlan
  readonly notes: readonly string[]
  readonly absentColumns: readonly string[]
  /** Where the file stops being readable. */
  readonly brokenOff: ChatlayerError | undefined
}

/**
 * Reads a whole file against the table as it is now and tells every problem, so that the import will
 * have none; by key also what there would be to do.
 *
 * @throws InvalidInputError when the file cannot be read at all or its columns do not fit,
 *   ChatlayerError when the table cannot be read
 */
export async function checkFile(options: CheckOptions): Promise<CheckReport> {
  const { table: target, input, settings, signal } = options
  const source = await openSource(input, settings)
  try {
    const definition = await target.definition({ signal })
    const reader = new RowReader(source, definition, settings)
    const filled = new Set(reader.columns.map(({ name }) => name))
    const check = new Check(options, definition, reader)
    const { mode, key } = settings
    const plan = mode === 'insert' ? await check.rows() : await check.byKey(mode, key ?? [])
    return {
      table: definition.name,
      version: target.version,
      file: 'path' in input ? basename(input.path) : input.name,
      mode,
      read: check.read,
      problems: check.problems,
      plan,
      notes: source.notes,
      absentColumns: definition.columns.flatMap(({ name }) => (filled.has(name) ? [] : [name])),
      brokenOff: check.brokenOff,
    }
  } finally {
    await source.close()
  }
}

class Check {
  read = 0
  problems = 0
  brokenOff: ChatlayerError | undefined
  readonly #options: CheckOptions
  readonly #definition: Table
  readonly #reader: RowReader

  readonly #turn = createTurns()

  constructor(options: CheckOptions, definition: Table, reader: RowReader) {
    this.#options = options
    this.#definition = definition
    this.#reader = reader
  }

  async rows(): Promise<ImportPlan> {
    let inserts = 0
    for await (const { row, values } of this.#readable()) {
      const refusal = await this.#refusal(values)
      if (refusal === undefined) inserts++
      else await this.#tell(row.line, refusal)
    }
    return { inserts, updates: 0, unchanged: 0, deletes: 0 }
  }

  async byKey(mode: Exclude<ImportMode, 'insert'>, key: readonly string[]): Promise<ImportPlan> {
    const { table, signal, onProgress } = this.#options
    const columns = this.#reader.columns.map(({ name }) => name)
    using plan = new KeyPlan(key, columns, this.#definition)
    for await (const { n, row, values } of this.#readable()) {
      const trouble = (await this.#refusal(values)) ?? keyTrouble(plan, values)
      if (trouble === undefined) plan.addRow(n, row.line, values)
      else await this.#tell(row.line, trouble)
    }
    plan.sealRows()
    for (const duplicate of plan.duplicates()) {
      const lines = linesOf(duplicate)
      for (const line of duplicate.lines) await this.#tell(line, sharedKey(key, lines))
    }
    const compared = (records: number): void => onProgress?.(this.read, records)
    await planRecords(plan, table, signal, { isStopping: false, compared })
    for (const line of plan.ambiguous()) await this.#tell(line, severalRecords(key))
    return asPlan(plan.counts(), mode)
  }

  /** The rows that can be read; the others are told. */
  async *#readable(): AsyncGenerator<ReadRow & { values: Values }, void, undefined> {
    const { signal, onProgress } = this.#options
    try {
      for await (const item of this.#reader.rows()) {
        signal?.throwIfAborted()
        this.read = item.n
        onProgress?.(this.read, 0)
        if (item.values !== undefined) yield item
        else
          for (const error of this.#reader.problemsOf(item.row))
            await this.#tell(item.row.line, error)
      }
    } catch (error) {
      if (!(error instanceof ChatlayerError)) throw error
      this.brokenOff = error
    }
  }

  /** What the client would refuse before it sends anything. */
  async #refusal(values: Values): Promise<ChatlayerError | undefined> {
    try {
      await this.#options.table.preview.insert([values], { limit: 0, signal: this.#options.signal })
      return undefined
    } catch (error) {
      if (error instanceof InvalidInputError || error instanceof NotExpressibleError) return error
      throw error
    }
  }

  async #tell(line: number, error: ChatlayerError): Promise<void> {
    this.problems++
    await this.#options.onProblem?.(rowProblem(line, 'rejected', error))
    await this.#turn()
  }
}

function sharedKey(key: readonly string[], lines: string): InvalidInputError {
  return new InvalidInputError(`other rows have the same key (${key.join(', ')}): ${lines}`, {
    hint: 'Choose a key that tells rows apart, or leave one row of each.',
  })
}

function severalRecords(key: readonly string[]): InvalidInputError {
  return new InvalidInputError(
    `more than one record of the table has the key (${key.join(', ')}) of this row`,
    { hint: 'Choose a key that tells records apart, or change these records by their ids.' },
  )
}
