/** Reads a whole table while others write to it. */
import {
  type CallOptions,
  TableChangedError,
  type TableHandle,
  type TableRecord,
  type Where,
} from '@chatlayer-tables/core'

/** Maximum number of missing records that are read by ID instead of reading everything again. */
const MAX_IDS = 50

/** The records to read: those that meet a condition, with selected columns. */
export interface Reading {
  readonly handle: TableHandle
  readonly where: Where | undefined
  readonly select: readonly string[] | undefined
}

type Records = ReadonlyMap<string, TableRecord>

/**
 * Returns all records by ID. A reading may miss a record if others are deleted or inserted meanwhile,
 * since pages shift. A missing record is therefore read again before it counts as removed.
 *
 * @param before records of the last reading
 * @throws the errors of a request; TableChangedError if `before` is empty and records may be missing
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
    // After an incomplete reading, keep the old record: the next reading may find it removed.
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
    // This error is thrown after the last record.
    if (error instanceof TableChangedError) return { records, isComplete: false, error }
    throw error
  }
}
