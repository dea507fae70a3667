/** Compares one restored table with the backup. */
import type { Table } from '@chatlayer-tables/core'
import type { TableCount } from '../import/index.ts'
import { anyOf } from '../job/any-of.ts'
import { type ContentComparison, compareContents } from './compare-contents.ts'
import { keptRows } from './kept-rows.ts'
import { emptiesFirst, type PartContext } from './part-context.ts'
import type { RestoredPart, RestorePart } from './restore-types.ts'

/**
 * Compares the table with the backup. If the table keeps earlier records, the backup's records only
 * have to be among its records.
 */
export async function comparePart(
  part: RestorePart,
  context: PartContext,
  { storedOtherwise }: RestoredPart,
): Promise<ContentComparison> {
  const { file, store, table, stop, signal, onProgress } = context
  const [begun] = storedOtherwise > 0 ? await store.list() : []
  const job = begun && (await store.open(begun.id))
  const definition: Table = await table.definition({ signal })
  const exact = part.mode === 'replace' || part.before === 0
  const filled = part.columns.map(([, name]) => name)
  try {
    return await compareContents({
      kept: keptRows(file, part),
      table,
      definition,
      columns: exact ? definition.columns.map(({ name }) => name) : filled,
      exact,
      stored: await job?.storedRows(),
      signal: anyOf(signal, stop),
      onProgress(done) {
        stop?.throwIfAborted()
        onProgress({ phase: 'comparing', done, rejected: 0, unknown: 0 })
      },
    })
  } finally {
    await job?.close()
  }
}

/** How many records the table has, and how many it should have. */
export function countPart(
  part: RestorePart,
  { inserted, deleted, unknown }: RestoredPart,
  { records: after }: ContentComparison,
): TableCount {
  const { before } = part
  const least = emptiesFirst(part) ? inserted : before + inserted - deleted
  const most = least + unknown
  return { before, after, least, most, fits: after >= least && after <= most }
}
