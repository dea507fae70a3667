/** What the undo of one change set would do. */
import type { Client, Preview, PreviewedChange, Values } from '@chatlayer-tables/core'
import { overlay, withNulls } from './stored-values.ts'
import type { Reversal } from './undo-plan.ts'
import type { UndoTask } from './undo-task.ts'

/** Records as they would be after earlier undos, by id; null for a record that would be gone. */
export type Imagined = Map<string, Values | null>

/**
 * Reads the records and counts what an undo would do; writes nothing.
 *
 * @param limit how many changes to show
 * @param imagined added to
 */
export async function previewUndo(
  task: UndoTask,
  client: Client,
  limit: number,
  signal: AbortSignal | undefined,
  imagined: Imagined = new Map(),
): Promise<Preview> {
  const table = await task.open(client, signal)
  const counts = { inserted: 0, updated: 0, deleted: 0, unchanged: 0 }
  const changes: PreviewedChange[] = []
  for await (const batch of task.batches()) {
    const wanted = batch.flatMap(({ id }) => (id === undefined || imagined.has(id) ? [] : [id]))
    const present = await table.getMany(wanted, { signal })
    for (const reversal of batch) {
      if (task.isHopeless(reversal)) continue
      const { id } = reversal
      const current = id === undefined ? undefined : (imagined.get(id) ?? present.get(id)?.values)
      const planned = plan(task, reversal, current ?? task.halfway(reversal)?.before?.values)
      if (planned === undefined) continue
      const place = id ?? reversal.change.id
      if (place !== undefined) imagined.set(place, planned.after ?? null)
      counts[planned.change]++
      if (changes.length < limit) changes.push(planned)
    }
  }
  const matched = counts.inserted + counts.updated + counts.deleted
  const rejected = { rejected: [], rejectedCount: 0 }
  return { matched, counts, changes, truncated: matched > changes.length, ...rejected }
}

/** @returns undefined for a change that would not be undone */
function plan(
  task: UndoTask,
  reversal: Reversal,
  now: Values | undefined,
): PreviewedChange | undefined {
  const { does, id, set } = reversal
  const { tally } = task
  if (does !== 'inserted' && now === undefined) {
    tally.gone(reversal)
    return undefined
  }
  if (now !== undefined) {
    const standing = task.standing(reversal, now)
    if (standing.kind === 'conflict') tally.conflict(reversal, standing.columns)
    else if (standing.kind === 'unchanged') tally.counts.unchanged++
    if (standing.kind !== 'go') return undefined
  }
  tally.undone(reversal, task.isRecreated(reversal))
  if (does === 'deleted') return { change: does, id, before: now, after: undefined }
  const written = { values: set, hidden: {} }
  if (does === 'updated') {
    const { values } = overlay({ values: now ?? {}, hidden: {} }, written)
    return { change: does, id, before: now, after: values }
  }
  const { values } = withNulls(written, task.set.table)
  return { change: does, id: undefined, before: undefined, after: values }
}
