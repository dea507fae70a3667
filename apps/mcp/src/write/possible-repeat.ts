/**
 * Detects a repeated insert whose first call another machine received, which shares no state with this
 * one: its rows are in the table.
 */
import { columnTypeOf } from '@chatlayer-tables/contract'
import { ChatlayerError, type Values } from '@chatlayer-tables/core'
import type { CallContext } from '../call/context.ts'
import type { GuardedTable, RecordFacts } from '../policy/guarded-table.ts'
import { counted } from '../result/sentences.ts'
import { ToolError } from '../result/tool-error.ts'
import { REPEAT_MINUTES } from './once.ts'

/** The rows that are searched for first; only if one is found, all are. */
const MAX_PROBED = 5

/** Column types whose values can be searched for, and have one form. */
const COMPARABLE: ReadonlySet<string> = new Set(['text', 'int', 'numeric', 'uuid'])

/**
 * Over HTTP, checks that the rows were not inserted moments ago by a call that this machine does not know
 * of. Costs one request, or one for each of the first rows where the gateway may not accept lists.
 *
 * @throws ToolError if some of them were
 */
export async function refusePossibleRepeat(
  rows: readonly Values[],
  table: GuardedTable,
  { request, once, journal, settings, state }: CallContext,
): Promise<void> {
  // The journal that replicas share knows the calls of all of them.
  if (!request.isHttp || (state.isShared && settings.journal)) return
  if (once === undefined || once.isAgain || once.continues !== undefined) return
  const columns = table.readable.flatMap(({ name, type }) =>
    COMPARABLE.has(columnTypeOf(type) ?? '') ? [name] : [],
  )
  const isOfOther = async (id: string): Promise<boolean> =>
    !settings.journal || !(await (await journal.open()).hasInserted(id))
  const found = async (some: readonly Values[]): Promise<RecordFacts[]> => {
    const records = await recordsLike(some, columns, table)
    const recent = records.filter(({ createdAt }) => table.isYoungerThan(createdAt, REPEAT_MINUTES))
    const others = await Promise.all(
      recent.map(async ({ id }) => ((await isOfOther(id)) ? [id] : [])),
    )
    const ids = new Set(others.flat())
    return recent.filter(({ id }) => ids.has(id))
  }
  if ((await found(rows.slice(0, MAX_PROBED))).length === 0) return
  const records = await found(rows)
  const present = presentRows(rows, records, columns)
  if (present.length === 0) return
  const since = records.map(({ createdAt }) => createdAt).sort()[0]
  throw new ToolError(
    'POSSIBLE_REPEAT',
    `Nothing was written: ${present.length} of ${counted(rows.length, 'record')} with equal values ${present.length === 1 ? 'was' : 'were'} inserted since ${since}, perhaps by an earlier attempt of this call.`,
    {
      present_rows: present,
      hint: 'Insert only the rows that are missing. To insert all of them all the same, pass again: true.',
    },
  )
}

/** The records that are equal to a row in the compared columns. */
async function recordsLike(
  rows: readonly Values[],
  columns: readonly string[],
  table: GuardedTable,
): Promise<RecordFacts[]> {
  const distinct = (name: string) => new Set(rows.map((row) => keyOf(row, [name]))).size
  const [best] = columns
    .filter((name) => rows.every((row) => isSearchable(row[name])))
    .sort((a, b) => distinct(b) - distinct(a))
  if (best === undefined) return []
  const values = [...new Set(rows.map((row) => row[best]))]
  const wanted = new Set(rows.map((row) => keyOf(row, columns)))
  try {
    const records = await table.facts({ [`"${best}"`]: { in: values } })
    return records.filter(({ values: stored }) => wanted.has(keyOf(stored, columns)))
  } catch (error) {
    // The write reports it, such as a value that does not fit its column.
    if (error instanceof ChatlayerError) return []
    throw error
  }
}

function isSearchable(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && value !== '')
}

/** The rows with a record each: of equal rows only as many as there are records. */
function presentRows(
  rows: readonly Values[],
  records: readonly RecordFacts[],
  columns: readonly string[],
): number[] {
  const left = new Map<string, number>()
  for (const { values } of records) {
    const key = keyOf(values, columns)
    left.set(key, (left.get(key) ?? 0) + 1)
  }
  return rows.flatMap((row, index) => {
    const key = keyOf(row, columns)
    const count = left.get(key) ?? 0
    left.set(key, count - 1)
    return count > 0 ? [index] : []
  })
}

/** Numbers may be stored as text. */
function keyOf(values: Values, columns: readonly string[]): string {
  const texts = columns.map((name) => {
    const value = Object.hasOwn(values, name) ? (values[name] ?? null) : null
    return value === null ? null : String(value)
  })
  return JSON.stringify(texts)
}
