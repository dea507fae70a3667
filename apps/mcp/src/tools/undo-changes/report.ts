/** What an undo reports: its changes, counts and problems. */
import type { PlannedUndo, UndoCounts, UndoProblem } from '@chatlayer-tables/journal'
import type { VisibleChanges } from '../../journal/find-change-set.ts'
import { isThere } from '../../journal/shown-changes.ts'
import type { GuardedTable } from '../../policy/guarded-table.ts'
import type { VisibleTable } from '../../policy/policy.ts'
import { redactText } from '../../policy/redact.ts'
import { fitProblems, MAX_PROBLEMS } from '../../result/problems.ts'
import { counted } from '../../result/sentences.ts'

export function describeUndo(
  { matched, counts }: PlannedUndo,
  { kind, id }: VisibleChanges,
  table: GuardedTable,
): string {
  const parts = Object.entries({
    deleted: counts.deleted,
    'set to their old values': counts.updated,
    'inserted again': counts.inserted,
  })
  const actions = parts.filter(([, count]) => count > 0).map(([done, count]) => `${count} ${done}`)
  const place = `"${table.definition.name}" (${table.version})`
  const subject = `${kind === 'job' ? 'job' : 'change set'} ${id}`
  return `revert ${subject} for ${counted(matched, 'record')} of ${place}: ${actions.join(', ')}`
}

export function countsOf(counts: UndoCounts, undone: number) {
  const { unchanged, conflicts, gone, rejected, unknown } = counts
  return { undone, unchanged, conflicts, gone, rejected, unknown }
}

/** Sentences that explain the counts. */
export function remarks(
  { conflicts, unsettled, incomplete, recreated }: UndoCounts,
  verb = 'were',
): (string | undefined)[] {
  const some = (count: number, text: string) => (count === 0 ? undefined : text)
  return [
    some(
      conflicts,
      `${counted(conflicts, 'record')} changed since and ${verb} skipped; force: true reverts them too.`,
    ),
    some(unsettled, `${counted(unsettled, 'change')} with an unknown outcome ${verb} skipped.`),
    some(
      incomplete,
      `${counted(incomplete, 'record')} ${verb} not fully restored: the journal does not keep all values.`,
    ),
    some(
      recreated,
      `${counted(recreated, 'record')} ${verb} deleted and inserted again with new ids, to set a value to null.`,
    ),
  ]
}

export function shownProblems(problems: readonly UndoProblem[], visible: VisibleTable) {
  const hidden = [...visible.hidden]
  return fitProblems(
    problems.slice(0, MAX_PROBLEMS).map((problem) => ({
      ...(problem.id === undefined ? {} : { id: problem.id }),
      status: problem.status,
      reason: redactText(reasonOf(problem, visible), hidden),
    })),
  )
}

/** The journal's reasons name columns, which may be hidden; these are reworded. */
function reasonOf({ status, reason, hint, columns }: UndoProblem, visible: VisibleTable): string {
  const named = columns.filter((column) => isThere(column, visible))
  const list = named.length === 0 ? '' : `: ${named.map((column) => `"${column}"`).join(', ')}`
  if (status === 'conflict') return `Changed since${list}.`
  if (status === 'incomplete') return `The journal does not keep all values${list}.`
  return [reason, hint].filter((text) => text !== undefined).join('. ')
}
