import type { Journal, PlannedUndo } from '@chatlayer-tables/journal'
import type { z } from 'zod'
import { type CallContext, defineRun, type RunTool } from '../../call/context.ts'
import { openTable } from '../../call/open-table.ts'
import { findChanges, type VisibleChanges } from '../../journal/find-change-set.ts'
import { isThere } from '../../journal/shown-changes.ts'
import type { GuardedTable } from '../../policy/guarded-table.ts'
import type { VisibleTable } from '../../policy/policy.ts'
import { joinSentences } from '../../result/sentences.ts'
import { ToolError } from '../../result/tool-error.ts'
import { undoSentence } from '../../write/carry-out.ts'
import { guardedWrite } from '../../write/guarded-write.ts'
import type { WritePlan } from '../../write/write-plan.ts'
import { undoChanges } from './definition.ts'
import { executeUndo } from './execute.ts'
import { countsOf, describeUndo, remarks, shownProblems } from './report.ts'

type Input = z.output<typeof undoChanges.input>

export const run: RunTool = defineRun(undoChanges, async (input, context) => {
  const journal = await context.journal.open()
  const seen = await findChanges(journal, input.change_set, context)
  const { summaries, visible } = seen
  // Checks that the table may be written, as for any other write.
  const place = `:${summaries[0].table.id}@${summaries[0].version}`
  const table = await openTable(context, place, 'write')
  for (const summary of summaries) await checkColumns(journal, summary.id, visible)
  const plan = () => planUndo(journal, seen, table, input, context)
  return guardedWrite(context, input, {
    tool: undoChanges.name,
    table,
    plan,
    narrow: (_, kept) => {
      const ids = kept.flatMap(({ id }) => id ?? [])
      return planUndo(journal, seen, table, { ...input, ids }, context)
    },
    write: async (planned) => write(planned ?? (await plan()), seen, table, context),
  })
})

interface UndoPlan extends WritePlan {
  readonly matched: number
  readonly undo: PlannedUndo['undo']
  readonly input: Input
  readonly problems: ReturnType<typeof shownProblems>
}

async function planUndo(
  journal: Journal,
  seen: VisibleChanges,
  table: GuardedTable,
  input: Input,
  context: CallContext,
): Promise<UndoPlan> {
  const preview = await previewUndo(journal, seen, input, context)
  const { matched, counts, undo, changes } = preview
  const { unchanged, conflicts, gone } = undo
  return {
    args: { changeSet: seen.id, records: input.ids, force: input.force },
    changes,
    matched,
    deletes: counts.deleted > 0 || undo.recreated > 0,
    action: describeUndo(preview, seen, table),
    facts: {
      table: table.definition.name,
      undoes: seen.id,
      ...Object.fromEntries(
        Object.entries({ unchanged, conflicts, gone }).filter(([, count]) => count > 0),
      ),
    },
    problems: shownProblems(preview.problems, seen.visible),
    remark: joinSentences(...remarks(undo, 'would be')),
    // Records that are inserted again have no id yet to choose them by.
    isWhole: changes.some(({ id }) => id === undefined),
    undo,
    input,
  }
}

async function write(
  plan: UndoPlan,
  seen: VisibleChanges,
  table: GuardedTable,
  context: CallContext,
) {
  const { matched, problems, input } = plan
  const version = { version: table.version, dry_run: false }
  const set = { table: table.definition.name, undoes: seen.id }
  if (matched === 0) {
    const notice = joinSentences(
      'There is nothing to revert; nothing was written.',
      ...remarks(plan.undo),
    )
    return { notice, ...version, ...set, matched, ...countsOf(plan.undo, 0), problems }
  }
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
    problems: shownProblems(report.problems, seen.visible),
  }
}

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

/** Changes read from the journal at once. */
const PAGE_SIZE = 1_000

/**
 * Checks that an undo writes only columns that this server's tools may write. A deleted record is
 * restored with all of its columns.
 *
 * @throws ToolError for updates of columns that are hidden, masked or deleted
 */
async function checkColumns(journal: Journal, id: string, visible: VisibleTable): Promise<void> {
  const { hidden, masked } = visible
  if (hidden.size === 0 && masked.size === 0) return
  for (let offset = 0; ; offset += PAGE_SIZE) {
    const changes = await journal.changes(id, { offset, limit: PAGE_SIZE })
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
