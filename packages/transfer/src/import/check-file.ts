/** Checks a file before an import, without writing. */
import {
  ChatlayerError,
  InvalidInputError,
  type Table,
  type Values,
  type Version,
} from '@chatlayer-tables/core'
import { type InputKind, type RowPlace, Turns } from '@chatlayer-tables/files'
import { type Input, inputName } from '../input/input.ts'
import { openInput } from '../input/open-input.ts'
import { type RowProblem, rowProblem } from '../rows/row-problem.ts'
import { type ReadRow, type RowErrors, RowReader } from '../rows/row-reader.ts'
import { allErrors, refusalOf } from './all-errors.ts'
import { FirstPass } from './first-pass.ts'
import { asPlan, refuseToEmpty } from './import-by-key.ts'
import type { ImportMode, ImportPlan, ImportSettings, ImportTarget } from './import-types.ts'
import { KeyPlan } from './key-plan.ts'
import { linesOf, type PlanWatcher, planRecords, planRows } from './make-plan.ts'

export interface CheckOptions {
  readonly table: ImportTarget
  readonly input: Input
  readonly settings: ImportSettings
  readonly signal?: AbortSignal | undefined
  /** Called for each row that would be rejected, and waited for. */
  readonly onProblem?: ((problem: RowProblem, place: RowPlace) => void | Promise<void>) | undefined
  /** Called for each row that could be written, in the order of the file. */
  readonly onRow?: ((values: Values) => void) | undefined
  /** Called often, with the number of rows and records read. */
  readonly onProgress?: ((rows: number, records: number) => void) | undefined
}

export interface CheckReport {
  readonly table: string
  readonly version: Version
  readonly file: string
  readonly mode: ImportMode
  /** Rows read from the file, the header not among them. */
  readonly read: number
  /** Problems of rows and cells; one row may have several. */
  readonly problems: number
  /** What an import of the valid rows would do. */
  readonly plan: ImportPlan
  readonly notes: readonly string[]
  readonly absentColumns: readonly string[]
  /** What the input is called. */
  readonly inputKind: InputKind
  /** Where the file stops being readable. */
  readonly brokenOff: ChatlayerError | undefined
}

/**
 * Reads a whole file against the table as it is now and reports every problem, so that the import will
 * have none; by key also what there would be to do.
 *
 * @throws InvalidInputError when the file cannot be read at all or its columns do not fit,
 *   ChatlayerError when the table cannot be read
 */
export async function checkFile(options: CheckOptions): Promise<CheckReport> {
  const { table: target, input, settings, signal } = options
  const definition = await target.definition({ signal })
  const source = await openInput(input, settings, signal)
  try {
    const reader = new RowReader(source, definition, settings)
    const filled = new Set(reader.columns.map(({ name }) => name))
    const file = inputName(input)
    const check = new Check(options, definition, reader)
    const { mode, key } = settings
    const plan = mode === 'insert' ? await check.rows() : await check.byKey(mode, key ?? [])
    if (settings.allowEmpty !== true) check.keep(() => refuseToEmpty(file, check.read, plan))
    return {
      table: definition.name,
      version: target.version,
      file,
      mode,
      read: check.read,
      problems: check.problems,
      plan,
      notes: source.notes,
      absentColumns: definition.columns.flatMap(({ name }) => (filled.has(name) ? [] : [name])),
      inputKind: source.inputKind,
      brokenOff: check.brokenOff,
    }
  } finally {
    await source.close()
  }
}

class Check {
  problems = 0
  brokenOff: ChatlayerError | undefined
  readonly #options: CheckOptions
  readonly #definition: Table
  readonly #columns: readonly string[]
  readonly #inputKind: InputKind
  readonly #pass: FirstPass

  readonly #turns = new Turns()

  constructor(options: CheckOptions, definition: Table, reader: RowReader) {
    this.#options = options
    this.#definition = definition
    this.#columns = reader.columns.map(({ name }) => name)
    this.#inputKind = reader.inputKind
    const { signal, onProgress } = options
    this.#pass = new FirstPass(reader, { signal, onRead: (rows) => onProgress?.(rows, 0) })
  }

  get read(): number {
    return this.#pass.read
  }

  async rows(): Promise<ImportPlan> {
    let inserts = 0
    for await (const item of this.#readable()) {
      if (!(await this.#isWell(item))) continue
      inserts++
      this.#passOn(item)
    }
    return { inserts, updates: 0, unchanged: 0, deletes: 0 }
  }

  async byKey(mode: Exclude<ImportMode, 'insert'>, key: readonly string[]): Promise<ImportPlan> {
    const { table, signal, onProgress } = this.#options
    using plan = new KeyPlan(key, this.#columns, this.#definition, this.#inputKind)
    const compared = (records: number): void => onProgress?.(this.read, records)
    const watcher: PlanWatcher = {
      isStopping: false,
      compared,
      read: () => undefined,
      reject: (item, errors) => this.#report(item, errors),
    }
    await planRows(plan, this.#wellRows(), watcher)
    for (const duplicate of plan.duplicates()) {
      const lines = linesOf(duplicate, this.#pass.place)
      for (const line of duplicate.lines) await this.#reportOf(line, sharedKey(key, lines))
    }
    await planRecords(plan, table, signal, watcher)
    for (const line of plan.ambiguous()) await this.#reportOf(line, severalRecords(key))
    return asPlan(plan.counts(), mode)
  }

  /** Runs a check that may reject the file, and adds the error to the report. */
  keep(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!(error instanceof ChatlayerError)) throw error
      this.brokenOff ??= error
    }
  }

  /** All rows up to where the file stops being readable. */
  async *#readable(): AsyncGenerator<ReadRow, void, undefined> {
    try {
      yield* this.#pass.rows()
    } catch (error) {
      if (!(error instanceof ChatlayerError)) throw error
      this.brokenOff = error
    }
  }

  /** Valid rows; those that the client would reject are reported. */
  async *#wellRows(): AsyncGenerator<ReadRow, void, undefined> {
    for await (const item of this.#readable()) {
      if (item.errors === undefined && !(await this.#isWell(item))) continue
      this.#passOn(item)
      yield item
    }
  }

  #passOn({ values }: ReadRow): void {
    if (values !== undefined) this.#options.onRow?.(values)
  }

  /** Reports further errors of a row. */
  async #isWell(item: ReadRow): Promise<boolean> {
    const { table, signal } = this.#options
    const errors =
      item.errors ?? (await refusalOf(table, item.values, signal).then((error) => error && [error]))
    if (errors === undefined) return true
    await this.#report(item, errors as RowErrors)
    return false
  }

  async #report(item: ReadRow, errors: RowErrors): Promise<void> {
    const { table, signal } = this.#options
    for (const error of await allErrors(table, item, errors, signal)) {
      await this.#reportOf(item.row.line, error)
    }
  }

  async #reportOf(line: number, error: ChatlayerError): Promise<void> {
    this.problems++
    await this.#options.onProblem?.({ line, ...rowProblem('rejected', error) }, this.#pass.place)
    if (this.#turns.isDue) await this.#turns.pass()
  }
}

function sharedKey(key: readonly string[], lines: string): InvalidInputError {
  return new InvalidInputError(`other rows have the same key (${key.join(', ')}): ${lines}`, {
    hint: 'Choose a key that is unique to each row, or keep one row per key.',
  })
}

function severalRecords(key: readonly string[]): InvalidInputError {
  return new InvalidInputError(
    `more than one record of the table has the key (${key.join(', ')}) of this row`,
    { hint: 'Choose a key that is unique to each record, or change these records by id.' },
  )
}
