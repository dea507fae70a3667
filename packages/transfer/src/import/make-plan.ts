/** Makes the plan of an import by key from a file and a table, without writing. */
import { type ChatlayerError, InvalidInputError, type Values } from '@chatlayer-tables/core'
import type { RowPlace } from '@chatlayer-tables/files'
import type { TransferSituation } from '../errors/situations.ts'
import { columnOf } from '../rows/row-problem.ts'
import type { ReadRow, RowErrors, RowReader } from '../rows/row-reader.ts'
import type { ImportTarget } from './import-types.ts'
import type { DuplicateKey, KeyPlan } from './key-plan.ts'

export interface RecordWatcher {
  /** Checked before each row and record: whether to stop. */
  readonly isStopping: boolean
  /** Called with the number of records read. */
  compared(records: number): void
}

export interface PlanWatcher extends RecordWatcher {
  read(item: ReadRow): void
  /** A row that cannot be read, or has no value in a column of the key. */
  reject(item: ReadRow, errors: RowErrors): void | Promise<void>
  /** Whether an earlier run of the job wrote a row. */
  isWritten?(item: ReadRow): boolean
}

/**
 * Puts the rows of the file into the plan.
 *
 * @returns whether all were read
 * @throws what reading the rows throws
 */
export async function planRows(
  plan: KeyPlan,
  rows: AsyncIterable<ReadRow>,
  watcher: PlanWatcher,
): Promise<boolean> {
  for await (const item of rows) {
    if (watcher.isStopping) return false
    watcher.read(item)
    const { n, row, values, errors } = item
    if (values === undefined) {
      const problem = keyProblem(plan, item.readable, item.errors)
      await watcher.reject(item, problem === undefined ? errors : [...errors, problem])
      continue
    }
    const problem = keyProblem(plan, values)
    if (problem === undefined) plan.addRow(n, row.line, values, watcher.isWritten?.(item))
    else await watcher.reject(item, [problem])
  }
  plan.sealRows()
  return true
}

/**
 * Puts the records of the table into the plan.
 *
 * @returns whether all were read
 * @throws ChatlayerError when the table cannot be read, or kept changing while it was
 */
export async function planRecords(
  plan: KeyPlan,
  table: ImportTarget,
  signal: AbortSignal | undefined,
  watcher: RecordWatcher,
): Promise<boolean> {
  let records = 0
  for await (const record of table.records({}, { signal })) {
    if (watcher.isStopping) return false
    plan.addRecord(record)
    watcher.compared(++records)
  }
  plan.sealRecords()
  return true
}

/** Maximum number of keys in the error; a check of the file lists all. */
const MAX_NAMED = 20

/** @throws InvalidInputError naming the lines of rows that have the same key */
export function refuseDuplicates(
  plan: KeyPlan,
  key: readonly string[],
  reader: Pick<RowReader, 'inputKind' | 'place'>,
): void {
  const lines: string[] = []
  let count = 0
  for (const duplicate of plan.duplicates()) {
    if (++count <= MAX_NAMED) lines.push(linesOf(duplicate, reader.place))
  }
  if (count === 0) return
  const more = count > MAX_NAMED ? `; and ${count - MAX_NAMED} more keys` : ''
  throw new InvalidInputError(
    `${count === 1 ? 'a key appears' : `${count} keys appear`} in the ${reader.inputKind} more than once (${key.join(', ')}): ${lines.join('; ')}${more}`,
    {
      field: 'key',
      hint: 'Choose a key that is unique to each row, or keep one row per key.',
      situation: { code: 'KEYS_DUPLICATE' } satisfies TransferSituation,
    },
  )
}

/** Maximum number of lines listed per duplicate key. */
const MAX_LINES = 20

/** For example `lines 3, 7`. */
export function linesOf({ lines }: DuplicateKey, place: RowPlace): string {
  const more = lines.length > MAX_LINES ? ` and ${lines.length - MAX_LINES} more` : ''
  return `${place}s ${lines.slice(0, MAX_LINES).join(', ')}${more}`
}

/**
 * The error in the key of a row, if there is one.
 *
 * @param errors why some of its cells could not be read
 */
function keyProblem(
  plan: KeyPlan,
  values: Values,
  errors: readonly ChatlayerError[] = [],
): InvalidInputError | undefined {
  const unread = errors.map(columnOf)
  // A row with too many or too few cells: which of them are missing is not known.
  if (unread.includes(undefined)) return undefined
  const column = plan.missingKey(values, (name) => !unread.includes(name))
  if (column === undefined) return undefined
  return new InvalidInputError(`the row has no value in the key column "${column}"`, {
    field: `values.${column}`,
    hint: 'Every row needs all columns of the key.',
  })
}
