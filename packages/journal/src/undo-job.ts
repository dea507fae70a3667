/** Undoing all change sets of a job, as one. */
import type { Client, Preview, PreviewedChange } from '@chatlayer-tables/core'
import type { StoredSet } from './stored-set.ts'
import type { UndoCounts, UndoJobReport, UndoProblem, UndoReport } from './types.ts'
import { type Imagined, previewUndo } from './undo-preview.ts'
import { MAX_PROBLEMS, noCounts } from './undo-tally.ts'
import type { UndoTask } from './undo-task.ts'

type Progress = ((counts: UndoCounts) => void) | undefined

/**
 * Undoes sets one after the other. Where one throws, those before it are undone, and the next run
 * continues there.
 *
 * @param sets the newest first
 */
export async function undoEach(
  sets: readonly StoredSet[],
  undo: (id: string, onProgress: Progress) => Promise<UndoReport>,
  onProgress: Progress,
): Promise<Pick<UndoJobReport, 'counts' | 'problems' | 'resumed'>> {
  const before = noCounts()
  const counts = noCounts()
  const problems: UndoProblem[] = []
  let resumed = false
  for (const { id } of sets) {
    const report = await undo(id, (current) => {
      add(Object.assign(counts, before), current)
      onProgress?.(counts)
    })
    Object.assign(counts, add(before, report.counts))
    problems.push(...report.problems.slice(0, MAX_PROBLEMS - problems.length))
    resumed ||= report.resumed
  }
  return { counts, problems, resumed }
}

/** What undoing sets one after the other would do, the newest first. Only reads. */
export async function previewEach(
  tasks: readonly UndoTask[],
  client: Client,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<Preview & { undo: UndoCounts; problems: UndoProblem[] }> {
  const counts = { inserted: 0, updated: 0, deleted: 0, unchanged: 0 }
  const undo = noCounts()
  const problems: UndoProblem[] = []
  const changes: PreviewedChange[] = []
  const places = new Map<string, Imagined>()
  for (const task of tasks) {
    const place = `${task.set.version} ${task.set.table.id}`
    const imagined: Imagined = places.get(place) ?? new Map()
    places.set(place, imagined)
    const preview = await previewUndo(task, client, limit - changes.length, signal, imagined)
    add(counts, preview.counts)
    add(undo, task.tally.counts)
    changes.push(...preview.changes)
    problems.push(...task.tally.problems.slice(0, MAX_PROBLEMS - problems.length))
  }
  const matched = counts.inserted + counts.updated + counts.deleted
  const truncated = matched > changes.length
  return { matched, counts, changes, truncated, rejected: [], rejectedCount: 0, undo, problems }
}

/** Adds counts to others of the same names. */
function add<Name extends string>(
  sums: Record<Name, number>,
  more: Readonly<Record<Name, number>>,
): Record<Name, number> {
  for (const name of Object.keys(sums) as Name[]) sums[name] += more[name]
  return sums
}

/** Whether a set has no change left to undo, and no undo of it left to finish. */
export function isUndone(set: StoredSet, undos: readonly StoredSet[]): boolean {
  const { counts, undone } = set
  const isKnown = counts.open + counts.unknown === 0
  return isKnown && undone === writtenOf(set) && undos.every(({ ended }) => ended !== undefined)
}

/** Whether some writes of an undo have not been undone themselves. */
export function isEffective(undo: StoredSet): boolean {
  return undo.undone < writtenOf(undo)
}

function writtenOf({ counts: { inserted, updated, deleted } }: StoredSet): number {
  return inserted + updated + deleted
}
