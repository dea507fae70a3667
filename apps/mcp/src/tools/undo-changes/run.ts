import type { Journal, PlannedUndo } from '@chatlayer-tables/journal'
import type { z } from 'zod'
import { type CallContext, defineRun, type RunTool } from '../../call/context.ts'
import { openTable } from '../../call/open-table.ts'
import type { PlannedWrite } from '../../confirm/confirmation.ts'
import { findChanges, type VisibleChanges } from '../../journal/find-change-set.ts'
import { isThere } from '../../journal/shown-changes.ts'
import type { GuardedTable } from '../../policy/guarded-table.ts'
import type { VisibleTable } from '../../policy/policy.ts'
import { joinSentences } from '../../result/sentences.ts'
import { ToolError } from '../../result/tool-error.ts'
import { undoSentence } from '../../write/carry-out.ts'
import { previewResult, type ShownChange } from '../../write/preview.ts'
import { undoChanges } from './definition.ts'
import { executeUndo } from './execute.ts'
import { countsOf, describeUndo, remarks, shownProblems, shownUndo } from './report.ts'

type Input = z.output<typeof undoChanges.input>

export const run: RunTool = defineRun(undoChanges, async (input, context) => {
  const journal = await context.journal.open()
  const seen = await findChanges(journal, input.change_set, context)
  const { id, summaries, visible } = seen
  // Checks that the table may be written, as for any other write.
  const place = `:${summaries[0].table.id}@${summaries[0].version}`
  const table = await openTable(context, place, 'write')
  for (const summary of summaries) checkColumns(journal, summary.id, visible)
  const preview = await previewUndo(journal, seen, input, context)
  const changes = preview.changes.map((change) => shownUndo(change, visible))
  const { matched, undo } = preview
  const planned = plannedWrite(preview, seen, input, table, changes)
  const set = { table: table.definition.name, undoes: id }
  const problems = shownProblems(preview.problems, visible)
  const facts = { ...set, matched, ...countsOf(undo, 0), problems }
  if (input.dry_run) {
    const remark = joinSentences(...remarks(undo, 'would be'))
    return previewResult(context, planned, changes, facts, remark)
  }
  const version = { version: table.version, dry_run: false }
  if (matched === 0) {
    const nothing = 'There is nothing to revert; nothing was written.'
    return { notice: joinSentences(nothing, ...remarks(undo)), ...version, ...facts }
  }
  context.confirmation.require(planned, context.request, input.confirm_token)
  const report = await executeUndo(input, seen, table, matched, context)
  const [redo] = report.redo
  return {
    notice: joinSentences(
      ...remarks(report.counts),
      redo === undefined ? undefined : undoSentence(report.redo, context.settings),
    ),
    ...version,
    ...set,
    matched,
    ...countsOf(report.counts, report.counts.undone),
    ...(redo === undefined ? {} : { change_set: redo }),
    problems: shownProblems(report.problems, visible),
  }
})

function previewUndo(
  journal: Journal,
  { kind, id }: VisibleChanges,
  { ids, force }: Input,
  { client, signal }: CallContext,
): Promise<PlannedUndo> {
  const selection = { ...(ids === undefined ? {} : { records: ids }), force }
  const options = { ...selection, client, signal, limit: Number.POSITIVE_INFINITY }
  return kind === 'job' ? journal.previewUndoJob(id, options) : journal.previewUndo(id, options)
}

function plannedWrite(
  preview: PlannedUndo,
  seen: VisibleChanges,
  { ids, force, note }: Input,
  table: GuardedTable,
  samples: readonly ShownChange[],
): PlannedWrite {
  const { matched, counts, undo, changes } = preview
  return {
    tool: undoChanges.name,
    table,
    args: { changeSet: seen.id, records: ids, force },
    count: matched,
    deletes: counts.deleted > 0 || undo.recreated > 0,
    data: () => changes,
    action: describeUndo(preview, seen, table),
    samples,
    note,
  }
}

/** Changes read from the journal at once. */
const PAGE_SIZE = 1_000

/**
 * Checks that an undo writes only columns that this server's tools may write. A deleted record is
 * restored with all of its columns.
 *
 * @throws ToolError for updates of columns that are hidden, masked or deleted
 */
function checkColumns(journal: Journal, id: string, visible: VisibleTable): void {
  const { hidden, masked } = visible
  if (hidden.size === 0 && masked.size === 0) return
  for (let offset = 0; ; offset += PAGE_SIZE) {
    const changes = journal.changes(id, { offset, limit: PAGE_SIZE })
    const written = changes
      .filter(({ change }) => change === 'updated')
      .flatMap((change) => [...Object.keys(change.after ?? {}), ...change.hidden.after])
    if (written.some((column) => masked.has(column) || !isThere(column, visible))) {
      throw new ToolError(
        'NOT_ALLOWED',
        'This server may not revert this change set: it changed columns that the server does not write.',
        {
          field: 'change_set',
          hint: `Ask the operator to run "clt changes undo ${id}".`,
        },
      )
    }
    if (changes.length < PAGE_SIZE) return
  }
}
