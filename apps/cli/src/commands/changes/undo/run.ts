import { InvalidInputError, stringifyJson } from '@chatlayer-tables/core'
import type { UndoReport, UndoSelection } from '@chatlayer-tables/journal'
import { readConditions } from '../../../conditions.ts'
import { checkCanAsk, confirmOrThrow } from '../../../confirm.ts'
import { connect } from '../../../connection.ts'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { UsageError } from '../../../failures.ts'
import { printUndoPreview, reportProblems, undoText } from '../../../output/change-output.ts'
import { formatCount, Progress } from '../../../output/progress.ts'
import type { Options } from './definition.ts'
import { checkNotRunning, reportUnfinished } from './job.ts'
import { type Target, targetOf, type Undone } from './target.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const journal = await context.journal.open()
  const { record, force, keepIds, dryRun, yes, job } = options
  const records = record.length === 0 ? undefined : record
  const selection = { records, where: readConditions(options), force, keepIds }
  if (options.changes.length === 0 && job === undefined) {
    throw new UsageError('no change set is specified', 'Pass change set IDs, or --job <id>.')
  }
  if (!dryRun && !yes) checkCanAsk(context)
  // Find all targets before undoing the first.
  const targets: Target[] = []
  for (const id of options.changes) targets.push(targetOf(journal, await journal.resolve(id)))
  if (job !== undefined) {
    targets.push(targetOf(journal, { kind: 'job', id: await journal.findJob(job) }))
  }
  for (const { kind, id } of targets) if (kind === 'job') await checkNotRunning(id, context)
  const exits: ExitCode[] = []
  for (const target of targets) {
    if (dryRun || !yes) {
      const continues = await preview(target, options, selection, context)
      if (dryRun || !continues) continue
    }
    exits.push(await undoOne(target, options, selection, context))
  }
  return exits.find((code) => code === EXIT.unknown) ?? exits.find((code) => code !== 0) ?? EXIT.ok
}

/** Shows what an undo would do, and asks for confirmation if not a dry run. @returns whether to continue */
async function preview(
  target: Target,
  options: Options,
  selection: UndoSelection,
  context: Context,
): Promise<boolean> {
  const { out, err, messages, json, stop } = context
  await using client = await connect(context, options)
  const limit = options.dryRun ? Number.MAX_SAFE_INTEGER : SAMPLE
  const found = await target.plan({ ...selection, client, limit, signal: stop })
  if (options.dryRun) {
    if (json) await out.write(`${stringifyJson(found)}\n`)
    else await printUndoPreview({ out, messages }, found, await target.what())
    return false
  }
  await printUndoPreview({ out: err, messages }, found, await target.what())
  if (found.matched === 0) {
    if (found.undo.total === 0) await messages.note(nothingLeft(target.name, selection))
    await messages.note('Nothing was changed.')
    return false
  }
  const what = found.matched === 1 ? '1 change' : `${formatCount(found.matched)} changes`
  await confirmOrThrow(context, `Undo ${what} of ${target.name}?`)
  return true
}

/** Number of changes shown before a confirmation. */
const SAMPLE = 10

async function undoOne(
  target: Target,
  options: Options,
  selection: UndoSelection,
  context: Context,
): Promise<ExitCode> {
  const { out, messages, json, stop } = context
  const progress = new Progress(messages)
  out.surviveClosing()
  let done: Undone
  try {
    done = await target.undo({
      ...selection,
      ...context.journal.facts(options),
      connect: (onWrite) => connect(context, options, onWrite),
      signal: stop,
      onProgress: ({ undone, total }) =>
        progress.show(() => `undone ${formatCount(undone)} of ${formatCount(total)} so far`),
    })
  } catch (error) {
    await progress.end()
    // Nothing was begun, such as where another process is undoing it.
    if (!(error instanceof InvalidInputError)) {
      await messages.say(`interrupted; run it again to continue: clt changes undo ${target.args}`)
    }
    throw error
  }
  await progress.end()
  const { report, redo } = done
  await reportProblems(context, report.problems)
  if (json) await out.write(`${stringifyJson(report)}\n`)
  if (report.counts.total === 0) await messages.note(nothingLeft(target.name, selection))
  else await messages.note(undoText('undid', await target.what(), report.counts))
  if (redo.length > 0) await messages.note(`redo with: clt changes undo ${redo.join(' ')}`)
  if (target.kind === 'job') await reportUnfinished(target.id, context)
  return exitOf(report)
}

function nothingLeft(name: string, { records, where }: UndoSelection): string {
  const chosen = records === undefined && where === undefined ? '' : ' in the selection'
  return `there is nothing left to undo in ${name}${chosen}`
}

function exitOf({ counts, problems }: Pick<UndoReport, 'counts' | 'problems'>): ExitCode {
  if (counts.unknown + counts.unsettled > 0) return EXIT.unknown
  // A record that undo would delete and that is gone already is not a problem.
  const isLost = problems.some(({ status, change }) => status === 'gone' && change !== 'inserted')
  const isWell = counts.conflicts + counts.rejected + counts.incomplete === 0 && !isLost
  return isWell ? EXIT.ok : EXIT.rejected
}
