/** Deletes records only if they are as they were shown. */
import {
  type CallOptions,
  ConflictError,
  type Outcome,
  type TableHandle,
  type TableRecord,
} from '@chatlayer-tables/core'

export interface ToDelete {
  readonly id: string
  /** A record that must still exist, if this one is a duplicate of it. */
  readonly kept?: string
  /** Whether a record is still as it was read. */
  isSame(record: TableRecord): boolean
}

/** Records that are read again at once. */
const AT_ONCE = 100

/** The outcomes of the deletes; a record that changed, or whose counterpart is gone, is rejected. */
export async function* deleteUnchanged(
  handle: TableHandle,
  all: readonly ToDelete[],
  call: CallOptions,
): AsyncGenerator<Outcome<unknown>, void, undefined> {
  for (let start = 0; start < all.length; start += AT_ONCE) {
    const batch = all.slice(start, start + AT_ONCE)
    const kept = batch.flatMap((each) => each.kept ?? [])
    const found = await handle.getMany([...new Set([...batch.map(({ id }) => id), ...kept])], call)
    const wanted: string[] = []
    for (const [index, each] of batch.entries()) {
      const problem = problemOf(each, found)
      if (problem === undefined) wanted.push(each.id)
      else {
        const error = new ConflictError(problem, { columns: [], hint: 'Run the command again.' })
        const { id } = each
        yield { status: 'rejected', index: start + index, row: id, id, error }
      }
    }
    if (wanted.length > 0) yield* handle.deleteById(wanted, call)
  }
}

function problemOf(
  { id, kept, isSame }: ToDelete,
  found: ReadonlyMap<string, TableRecord>,
): string | undefined {
  const record = found.get(id)
  // A record that is gone is left to the delete, which reports it as any other.
  if (record !== undefined && !isSame(record)) {
    return `record ${id} was changed since it was read; it was not deleted`
  }
  return kept !== undefined && !found.has(kept)
    ? `record ${kept}, which was to be kept, is gone; record ${id} was not deleted`
    : undefined
}
