/** `clt changes`: what was written, and taking it back. */
import { parseTableReference, stringifyJson } from '@chatlayer-tables/core'
import type { ChangeSetFilter, UndoReport, UndoSelection } from '@chatlayer-tables/journal'
import { askToGoOn, checkCanAsk } from '../confirm.ts'
import { connect } from '../connection.ts'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { UsageError } from '../failures.ts'
import type { ConnectionFlags, OptionsOf } from '../invocation.ts'
import {
  listSummaries,
  tellChanges,
  tellProblems,
  tellSummary,
  tellUndoPreview,
  undoText,
} from '../output/change-output.ts'
import { formatCount, Progress } from '../output/progress.ts'
import { readConditions } from './records-read.ts'

export async function listChanges(
  options: OptionsOf<'changes list'>,
  context: Context,
): Promise<ExitCode> {
  const { table, tool, since, until, limit } = options
  const filter: ChangeSetFilter = { ...readTable(table), tool, since, until, limit: limit + 1 }
  await settle(context, options)
  const found = context.journal.open().list(filter)
  const shown = found.slice(0, limit)
  if (context.json) await context.out.write(`${JSON.stringify(shown)}\n`)
  else await listSummaries(context.out, shown)
  if (found.length === 0) await context.messages.note('There are no such changes.')
  if (found.length > limit) await context.messages.note('There are more: say --limit or --until.')
  return EXIT.ok
}

function readTable(text: string | undefined): Pick<ChangeSetFilter, 'table' | 'version'> {
  if (text === undefined) return {}
  const { table, version } = parseTableReference(text)
  return { table, version }
}

export async function showChanges(
  options: OptionsOf<'changes show'>,
  context: Context,
): Promise<ExitCode> {
  await settle(context, options)
  const journal = context.journal.open()
  const { record, limit, offset } = options
  const summary = journal.show(options.change)
  const found = journal.changes(summary.id, { record, offset, limit: limit + 1 })
  const changes = found.slice(0, limit)
  if (context.json) {
    await context.out.write(`${stringifyJson({ ...summary, records: changes })}\n`)
  } else {
    await tellSummary(context.out, summary)
    if (changes.length > 0) await context.out.write('\n')
    await tellChanges(context.out, changes)
  }
  if (found.length > limit) {
    await context.messages.note(`There are more: say --offset ${offset + limit}.`)
  }
  return EXIT.ok
}

export async function undoChanges(
  options: OptionsOf<'changes undo'>,
  context: Context,
): Promise<ExitCode> {
  const journal = context.journal.open()
  const { record, force, keepIds, dryRun, yes } = options
  const records = record.length === 0 ? undefined : record
  const selection = { records, where: readConditions(options), force, keepIds }
  if (!dryRun && !yes) checkCanAsk(context)
  // All are looked up before the first is undone.
  const ids = options.changes.map((id) => journal.show(id).id)
  const exits: ExitCode[] = []
  for (const id of ids) {
    if (dryRun || !yes) {
      const isGoingOn = await preview(id, options, selection, context)
      if (dryRun || !isGoingOn) continue
    }
    exits.push(await undoOne(id, options, selection, context))
  }
  return exits.find((code) => code === EXIT.unknown) ?? exits.find((code) => code !== 0) ?? EXIT.ok
}

/** Shows what an undo would do, and asks unless that is all there is to do. @returns whether to go on */
async function preview(
  id: string,
  options: OptionsOf<'changes undo'>,
  selection: UndoSelection,
  context: Context,
): Promise<boolean> {
  const { out, err, messages, json, stop } = context
  await using client = await connect(context, options)
  const limit = options.dryRun ? Number.MAX_SAFE_INTEGER : SAMPLE
  const found = await context.journal.open().previewUndo(id, {
    ...selection,
    client,
    limit,
    signal: stop,
  })
  if (options.dryRun) {
    if (json) await out.write(`${stringifyJson(found)}\n`)
    else await tellUndoPreview({ out, messages }, found)
    return false
  }
  await tellUndoPreview({ out: err, messages }, found)
  if (found.matched === 0) {
    if (found.undo.total === 0) await messages.note(nothingLeft(id, selection))
    await messages.note('Nothing was changed.')
    return false
  }
  const what = found.matched === 1 ? '1 change' : `${formatCount(found.matched)} changes`
  await askToGoOn(context, `Undo ${what} of ${id}?`)
  return true
}

/** So many changes are shown before a question. */
const SAMPLE = 10

async function undoOne(
  id: string,
  options: OptionsOf<'changes undo'>,
  selection: UndoSelection,
  context: Context,
): Promise<ExitCode> {
  const { out, messages, json, stop } = context
  const journal = context.journal.open()
  const progress = new Progress(messages)
  out.surviveClosing()
  let report: UndoReport
  try {
    report = await journal.undo(id, {
      ...selection,
      ...context.journal.facts(options),
      connect: (onWrite) => connect(context, options, onWrite),
      signal: stop,
      onProgress: ({ undone, total }) =>
        progress.show(() => `undone ${formatCount(undone)} of ${formatCount(total)} so far`),
    })
  } catch (error) {
    await progress.end()
    await messages.say(`broken off; run it again to go on: clt changes undo ${id}`)
    throw error
  }
  await progress.end()
  await tellProblems(context, report.problems)
  if (json) await out.write(`${stringifyJson(report)}\n`)
  if (report.counts.total === 0) await messages.note(nothingLeft(id, selection))
  else await messages.note(undoText('undid', journal.show(id), report.counts))
  if (report.id !== undefined) await messages.note(`redo with: clt changes undo ${report.id}`)
  return exitOf(report)
}

function nothingLeft(id: string, { records, where }: UndoSelection): string {
  const chosen = records === undefined && where === undefined ? '' : ' of what was chosen'
  return `there is nothing left to undo in ${id}${chosen}`
}

function exitOf({ counts, problems }: UndoReport): ExitCode {
  if (counts.unknown + counts.unsettled > 0) return EXIT.unknown
  // That a record is gone which would be deleted is no trouble.
  const isLost = problems.some(({ status, change }) => status === 'gone' && change !== 'inserted')
  const isWell = counts.conflicts + counts.rejected + counts.incomplete === 0 && !isLost
  return isWell ? EXIT.ok : EXIT.rejected
}

export async function pruneChanges(
  { olderThan }: OptionsOf<'changes prune'>,
  { out, messages, json, journal }: Context,
): Promise<ExitCode> {
  const days = olderThan === undefined ? undefined : olderThan / DAY_MS
  const pruned = journal.open().prune(days === undefined ? undefined : { days })
  if (json) await out.write(`${JSON.stringify(pruned)}\n`)
  const { changeSets, bytes } = pruned
  const megabytes = (bytes / 1_000_000).toFixed(1)
  await messages.note(
    `forgot ${formatCount(changeSets)} change sets; the journal takes ${megabytes} MB`,
  )
  return EXIT.ok
}

const DAY_MS = 86_400_000

/** Settles what runs that were broken off left open, where there is a connection to look with. */
async function settle(context: Context, flags: ConnectionFlags): Promise<void> {
  if (!context.journal.mayNeedRecovery) return
  try {
    await using _client = await connect(context, flags)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    // What is known can be shown without a connection.
  }
}
