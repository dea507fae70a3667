/** A whole reading of a table that others write to. */
import {
  type CallOptions,
  TableChangedError,
  type TableHandle,
  type TableRecord,
  type Where,
} from '@chatlayer-tables/core'

/** Records that are read by their ids, and not by reading everything again. */
const MAX_IDS = 50

/** What is read: the records that meet a condition, with some of their columns. */
export interface Reading {
  readonly handle: TableHandle
  readonly where: Where | undefined
  readonly select: readonly string[] | undefined
}

type Records = ReadonlyMap<string, TableRecord>

/**
 * All records by id. A reading may miss a record when others are deleted and inserted meanwhile, since
 * pages shift; one that was there before is therefore read again before it counts as removed.
 *
 * @param before the records of the last reading
 * @throws the errors of a request; TableChangedError when nothing was there before, and some may be
 *   missing
 */
export async function readTable(
  reading: Reading,
  before: Records,
  call: CallOptions,
): Promise<Map<string, TableRecord>> {
  const first = await readOnce(reading, call)
  if (!first.isComplete && before.size === 0) throw first.error
  const missing = [...before].filter(([id]) => !first.records.has(id))
  if (missing.length === 0) return first.records
  const ids = missing.map(([id]) => id)
  const again = await readOnce(ids.length > MAX_IDS ? reading : only(ids, reading), call)
  for (const [id, old] of missing) {
    // After an incomplete reading a record counts as it was: the next one may find it removed.
    const record = again.records.get(id) ?? (again.isComplete ? undefined : old)
    if (record !== undefined) first.records.set(id, record)
  }
  return first.records
}

function only(ids: readonly string[], { where, ...reading }: Reading): Reading {
  const isOne: Where = { id: { in: ids } }
  return { ...reading, where: where === undefined ? isOne : { and: [where, isOne] } }
}

type Once = { readonly records: Map<string, TableRecord> } & (
  | { readonly isComplete: true }
  | { readonly isComplete: false; readonly error: TableChangedError }
)

async function readOnce({ handle, where, select }: Reading, call: CallOptions): Promise<Once> {
  const records = new Map<string, TableRecord>()
  try {
    for await (const record of handle.records({ where, select }, call)) {
      records.set(record.id, record)
    }
    return { records, isComplete: true }
  } catch (error) {
    // It is thrown after the last record that was found.
    if (error instanceof TableChangedError) return { records, isComplete: false, error }
    throw error
  }
}
