import { type PreviewedChange, stringifyJson } from '@chatlayer-tables/core'
import type { Journal, PlannedUndo, UndoCounts, UndoProblem } from '@chatlayer-tables/journal'
import type { z } from 'zod'
import { type CallContext, defineRun, type RunTool } from '../../call/context.ts'
import { toToolError } from '../../call/errors.ts'
import { openTable } from '../../call/open-table.ts'
import type { PlannedWrite } from '../../confirm/confirmation.ts'
import { findChanges, type VisibleChanges } from '../../journal/find-change-set.ts'
import { isThere, shownSide } from '../../journal/shown-changes.ts'
import type { WriteJournal } from '../../journal/write-journal.ts'
import type { GuardedTable } from '../../policy/guarded-table.ts'
import type { VisibleTable } from '../../policy/policy.ts'
import { redactText } from '../../policy/redact.ts'
import { cutToTokens, fitItems } from '../../result/budget.ts'
import { ToolError } from '../../result/tool-error.ts'
import { logWrite, undoSentence } from '../../write/carry-out.ts'
import { joinSentences, previewResult, type ShownChange } from '../../write/preview.ts'
import { undoChanges } from './definition.ts'

type Input = z.output<typeof undoChanges.input>

export const run: RunTool = defineRun(undoChanges, async (input, context) => {
  const journal = await context.journal.open()
  const seen = await findChanges(journal, input.change_set, context)
  const { kind, id, summaries, visible } = seen
  // Checks that the table may be written, as for any other write.
  const place = `:${summaries[0].table.id}@${summaries[0].version}`
  const table = await openTable(context, place, 'write')
  for (const summary of summaries) checkColumns(journal, summary.id, visible)
  const { ids: records, force } = input
  const selection = { ...(records === undefined ? {} : { records }), force }
  const { client, signal } = context
  const options = { ...selection, client, signal, limit: Number.POSITIVE_INFINITY }
  const preview =
    kind === 'job'
      ? await journal.previewUndoJob(id, options)
      : await journal.previewUndo(id, options)
  const changes = preview.changes.map((change) => shownUndo(change, visible))
  const { matched, counts, undo } = preview
  const planned: PlannedWrite = {
    tool: undoChanges.name,
    table,
    args: { changeSet: id, records, force },
    count: matched,
    deletes: counts.deleted > 0 || undo.recreated > 0,
    data: () => preview.changes,
    action: describeUndo(preview, seen, table),
    samples: changes,
    note: input.note,
  }
  const set = { table: table.definition.name, undoes: id }
  const problems = shown(preview.problems, visible)
  const facts = { ...set, matched, ...countsOf(undo, 0), problems }
  if (input.dry_run) {
    return previewResult(
      context,
      planned,
      changes,
      facts,
      joinSentences(...remarks(undo, 'would be')),
    )
  }
  if (matched === 0) {
    const notice = joinSentences(
      'There is nothing to revert; nothing was written.',
      ...remarks(undo),
    )
    return { notice, version: table.version, dry_run: false, ...facts }
  }
  context.confirmation.require(planned, context.request, input.confirm_token)
  const report = await carryOutUndo(input, seen, table, matched, context)
  const [redo] = report.redo
  const named = redo === undefined ? {} : { change_set: redo }
  const done = { ...set, matched, ...countsOf(report.counts, report.counts.undone) }
  return {
    notice: joinSentences(
      ...remarks(report.counts),
      redo === undefined ? undefined : undoSentence(report.redo, context.settings),
    ),
    ...{ version: table.version, dry_run: false, ...done, ...named },
    problems: shown(report.problems, visible),
  }
})

interface Undone {
  readonly counts: UndoCounts
  readonly problems: readonly UndoProblem[]
  /** The change sets to undo, in this order, to redo the changes. */
  readonly redo: readonly string[]
}

async function carryOutUndo(
  { ids: records, force, note }: Input,
  { kind, id }: VisibleChanges,
  table: GuardedTable,
  matched: number,
  context: CallContext,
): Promise<Undone> {
  const { journal, client, signal, request, log } = context
  let counts: UndoCounts | undefined
  try {
    const options = {
      ...{ command: undoChanges.name, note, client: request.client },
      ...(records === undefined ? {} : { records }),
      ...{ force, signal },
      onProgress: (now: UndoCounts) => {
        counts = now
        void request.progress?.(now.undone, matched, `${now.undone} of ${matched} reverted`)
      },
    }
    const report =
      kind === 'job'
        ? await undoJob(journal, id, client, options)
        : await undoSet(journal, id, client, options)
    const { undone, conflicts, gone, rejected, unknown } = report.counts
    const sums = { undone, conflicts, gone, rejected, unknown }
    const kept = report.redo.length > 0 ? report.redo.join(', ') : undefined
    logWrite(log, { tool: undoChanges.name, table, note }, sums, kept)
    return report
  } catch (error) {
    const undone = counts?.undone ?? 0
    if (undone === 0) throw error
    const { code, message, details } = toToolError(error, signal)
    const progress = `Stopped after reverting ${undone} of ${matched} records`
    log.warn(`${progress} (${code})`)
    const hint = 'Repeat the call to continue; records that are already reverted are skipped.'
    throw new ToolError(code, `${progress}: ${message}`, { ...details, hint }, true)
  }
}

type UndoArguments = Parameters<WriteJournal['undo']>

async function undoSet(journal: WriteJournal, ...args: UndoArguments): Promise<Undone> {
  const { id, counts, problems } = await journal.undo(...args)
  return { counts, problems, redo: id === undefined ? [] : [id] }
}

async function undoJob(journal: WriteJournal, ...args: UndoArguments): Promise<Undone> {
  const { ids, counts, problems } = await journal.undoJob(...args)
  return { counts, problems, redo: ids }
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

function shownUndo(
  { change, id, before, after }: PreviewedChange,
  visible: VisibleTable,
): ShownChange {
  const written =
    change === 'updated'
      ? Object.keys(after ?? {}).filter((column) => !isSame(before?.[column], after?.[column]))
      : undefined
  const [from, to] = [shownSide(before, visible, written), shownSide(after, visible, written)]
  return {
    change,
    ...(id === undefined ? {} : { id }),
    ...(from === undefined ? {} : { before: from }),
    ...(to === undefined ? {} : { after: to }),
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return stringifyJson(one ?? null) === stringifyJson(other ?? null)
}

function describeUndo(
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
  const records = matched === 1 ? '1 record' : `${matched} records`
  const place = `"${table.definition.name}" (${table.version})`
  const subject = `${kind === 'job' ? 'job' : 'change set'} ${id}`
  return `revert ${subject} for ${records} of ${place}: ${actions.join(', ')}`
}

function countsOf(counts: UndoCounts, undone: number) {
  const { unchanged, conflicts, gone, rejected, unknown } = counts
  return { undone, unchanged, conflicts, gone, rejected, unknown }
}

/** Sentences that explain the counts. */
function remarks(
  { conflicts, unsettled, incomplete, recreated }: UndoCounts,
  verb = 'were',
): (string | undefined)[] {
  const some = (count: number, text: string) => (count === 0 ? undefined : text)
  return [
    some(
      conflicts,
      `${conflicts} records were changed since and ${verb} skipped; force: true reverts them too.`,
    ),
    some(unsettled, `${unsettled} changes have an unknown outcome.`),
    some(
      incomplete,
      `${incomplete} records ${verb} not fully restored: the journal does not keep all of their values.`,
    ),
    some(
      recreated,
      `${recreated} records ${verb} deleted and inserted again with new ids, to set a value to null.`,
    ),
  ]
}

const MAX_PROBLEMS = 50
const PROBLEM_TOKENS = 1_500
const REASON_TOKENS = 100

function shown(problems: readonly UndoProblem[], visible: VisibleTable) {
  const hidden = [...visible.hidden]
  const listed = problems.slice(0, MAX_PROBLEMS).map((problem) => ({
    ...(problem.id === undefined ? {} : { id: problem.id }),
    status: problem.status,
    reason: cutToTokens(redactText(reasonOf(problem, visible), hidden), REASON_TOKENS),
  }))
  return [...fitItems(listed, PROBLEM_TOKENS).items]
}

/** The journal's reasons name columns, which may be hidden; these are reworded. */
function reasonOf({ status, reason, hint, columns }: UndoProblem, visible: VisibleTable): string {
  const named = columns.filter((column) => isThere(column, visible))
  const list = named.length === 0 ? '' : `: ${named.map((column) => `"${column}"`).join(', ')}`
  if (status === 'conflict') return `Changed since${list}.`
  if (status === 'incomplete') return `The journal does not keep all values${list}.`
  return [reason, hint].filter((text) => text !== undefined).join('. ')
}
