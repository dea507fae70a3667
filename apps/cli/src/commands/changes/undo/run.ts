/** `clt changes`: what was written, and taking it back. */
import {
  ChatlayerError,
  type Client,
  InvalidInputError,
  NotFoundError,
  parseTableReference,
  stringifyJson,
} from '@chatlayer-tables/core'
import type {
  ChangeSetFilter,
  ChangesRef,
  Journal,
  PlannedUndo,
  UndoJobReport,
  UndoOptions,
  UndoPreviewOptions,
  UndoReport,
  UndoSelection,
} from '@chatlayer-tables/journal'
import type { JobStatus } from '@chatlayer-tables/transfer'
import { askToGoOn, checkCanAsk } from '../../../confirm.ts'
import { connect } from '../../../connection.ts'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { UsageError } from '../../../failures.ts'
import type { ConnectionFlags, OptionsOf } from '../../../invocation.ts'
import {
  jobText,
  listSummaries,
  setText,
  tellChanges,
  tellProblems,
  tellSummary,
  tellUndoPreview,
  undoText,
} from '../../../output/change-output.ts'
import { formatCount, Progress } from '../../../output/progress.ts'
import { readConditions } from '../../records/list/run.ts'

export async function listChanges(
  options: OptionsOf<'changes list'>,
  context: Context,
): Promise<ExitCode> {
  const { table, tool, since, until, limit } = options
  await settle(context, options)
  const journal = context.journal.open()
  const filter: ChangeSetFilter = {
    ...readTable(table),
    job: options.job === undefined ? undefined : journal.findJob(options.job),
    ...{ tool, since, until, limit: limit + 1 },
  }
  const found = journal.list(filter)
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
  const { record, force, keepIds, dryRun, yes, job } = options
  const records = record.length === 0 ? undefined : record
  const selection = { records, where: readConditions(options), force, keepIds }
  if (options.changes.length === 0 && job === undefined) {
    throw new UsageError('no change set is named', 'Pass ids of change sets, or --job <id>.')
  }
  if (!dryRun && !yes) checkCanAsk(context)
  // All are looked up before the first is undone.
  const targets = options.changes.map((id) => targetOf(journal, journal.resolve(id)))
  if (job !== undefined) {
    targets.push(targetOf(journal, { kind: 'job', id: journal.findJob(job) }))
  }
  for (const { kind, id } of targets) if (kind === 'job') await checkNotRunning(id, context)
  const exits: ExitCode[] = []
  for (const target of targets) {
    if (dryRun || !yes) {
      const isGoingOn = await preview(target, options, selection, context)
      if (dryRun || !isGoingOn) continue
    }
    exits.push(await undoOne(target, options, selection, context))
  }
  return exits.find((code) => code === EXIT.unknown) ?? exits.find((code) => code !== 0) ?? EXIT.ok
}

/** What is undone in one go. */
interface Target extends ChangesRef {
  /** Its name in messages. */
  readonly name: string
  /** The arguments of `clt changes undo` for it. */
  readonly args: string
  /** With its table or tables. */
  what(): string
  plan(options: UndoPreviewOptions): Promise<PlannedUndo>
  undo(options: UndoOptions): Promise<Undone>
}

/** How undoing one target went. */
interface Undone {
  /** As --json prints it. */
  readonly report: UndoReport | UndoJobReport
  /** Change sets to undo, in this order, for redo. */
  readonly redo: readonly string[]
}

function targetOf(journal: Journal, { kind, id }: ChangesRef): Target {
  if (kind === 'job') {
    return {
      ...{ kind, id, name: `job ${id}`, args: `--job ${id}` },
      what: () => jobText(id, journal.ofJob(id)),
      plan: (options) => journal.previewUndoJob(id, options),
      async undo(options) {
        const report = await journal.undoJob(id, options)
        return { report, redo: report.undoes.length > 0 ? report.ids : [] }
      },
    }
  }
  return {
    ...{ kind, id, name: id, args: id },
    what: () => setText(journal.show(id)),
    plan: (options) => journal.previewUndo(id, options),
    async undo(options) {
      const report = await journal.undo(id, options)
      return { report, redo: report.id === undefined ? [] : [report.id] }
    },
  }
}

/** Shows what an undo would do, and asks unless that is all there is to do. @returns whether to continue */
async function preview(
  target: Target,
  options: OptionsOf<'changes undo'>,
  selection: UndoSelection,
  context: Context,
): Promise<boolean> {
  const { out, err, messages, json, stop } = context
  await using client = await connect(context, options)
  const limit = options.dryRun ? Number.MAX_SAFE_INTEGER : SAMPLE
  const found = await target.plan({ ...selection, client, limit, signal: stop })
  if (options.dryRun) {
    if (json) await out.write(`${stringifyJson(found)}\n`)
    else await tellUndoPreview({ out, messages }, found, target.what())
    return false
  }
  await tellUndoPreview({ out: err, messages }, found, target.what())
  if (found.matched === 0) {
    if (found.undo.total === 0) await messages.note(nothingLeft(target.name, selection))
    await messages.note('Nothing was changed.')
    return false
  }
  const what = found.matched === 1 ? '1 change' : `${formatCount(found.matched)} changes`
  await askToGoOn(context, `Undo ${what} of ${target.name}?`)
  return true
}

/** So many changes are shown before a question. */
const SAMPLE = 10

async function undoOne(
  target: Target,
  options: OptionsOf<'changes undo'>,
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
    await messages.say(`interrupted; run it again to continue: clt changes undo ${target.args}`)
    throw error
  }
  await progress.end()
  const { report, redo } = done
  await tellProblems(context, report.problems)
  if (json) await out.write(`${stringifyJson(report)}\n`)
  if (report.counts.total === 0) await messages.note(nothingLeft(target.name, selection))
  else await messages.note(undoText('undid', target.what(), report.counts))
  if (redo.length > 0) await messages.note(`redo with: clt changes undo ${redo.join(' ')}`)
  if (target.kind === 'job') await tellUnfinished(target.id, context)
  return exitOf(report)
}

/** @throws UsageError for a job that a process works on: it would write on after the undo */
async function checkNotRunning(job: string, context: Context): Promise<void> {
  if ((await jobStatus(job, context)) !== 'running') return
  throw new UsageError(
    `job ${job} is running in another process`,
    'Wait until it has ended, or interrupt it.',
  )
}

async function tellUnfinished(job: string, context: Context): Promise<void> {
  if ((await jobStatus(job, context)) !== 'unfinished') return
  await context.messages.note(
    `job ${job} is not finished: clt jobs resume ${job} writes the rows that it has not written yet, and not those that were undone. To forget it: clt jobs rm ${job}`,
  )
}

/** Undefined for a job that was removed. */
async function jobStatus(job: string, context: Context): Promise<JobStatus | undefined> {
  const { jobStore } = await import('../../../jobs/job-store.ts')
  try {
    const summary = jobStore(context).show(job)
    return summary.id === job ? summary.status : undefined
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof InvalidInputError) return undefined
    throw error
  }
}

function nothingLeft(name: string, { records, where }: UndoSelection): string {
  const chosen = records === undefined && where === undefined ? '' : ' of what was chosen'
  return `there is nothing left to undo in ${name}${chosen}`
}

function exitOf({ counts, problems }: Pick<UndoReport, 'counts' | 'problems'>): ExitCode {
  if (counts.unknown + counts.unsettled > 0) return EXIT.unknown
  // That a record is gone which would be deleted is no trouble.
  const isLost = problems.some(({ status, change }) => status === 'gone' && change !== 'inserted')
  const isWell = counts.conflicts + counts.rejected + counts.incomplete === 0 && !isLost
  return isWell ? EXIT.ok : EXIT.rejected
}

export async function pruneChanges(
  options: OptionsOf<'changes prune'>,
  context: Context,
): Promise<ExitCode> {
  const { out, messages, json, journal } = context
  const { olderThan, localClock: byLocalClock } = options
  const days = olderThan === undefined ? undefined : olderThan / DAY_MS
  await using client = byLocalClock ? undefined : await withGatewayTime(context, options)
  const pruned = journal.open().prune({ days, byLocalClock }, client)
  if (json) await out.write(`${JSON.stringify(pruned)}\n`)
  const { changeSets, oldHereAlone, bytes } = pruned
  const megabytes = (bytes / 1_000_000).toFixed(1)
  await messages.note(
    `forgot ${formatCount(changeSets)} change sets; the journal takes ${megabytes} MB`,
  )
  if (oldHereAlone > 0) {
    await messages.note(
      `kept ${formatCount(oldHereAlone)} that are old by this machine's clock, but not known to be by their gateway's; --local-clock forgets them too`,
    )
  }
  return EXIT.ok
}

/** A client that has read something, for the time that its response shows; undefined where none can. */
async function withGatewayTime(
  context: Context,
  flags: ConnectionFlags,
): Promise<Client | undefined> {
  let client: Client | undefined
  try {
    client = await connect(context, flags)
    await client.tables.list({ timeoutMs: TIME_TIMEOUT_MS, signal: context.stop })
  } catch (error) {
    context.stop.throwIfAborted()
    if (!(error instanceof UsageError) && !(error instanceof ChatlayerError)) throw error
    // The times that the journal keeps are enough to prune by.
  }
  return client
}

/** A gateway that does not respond by then is not waited for. */
const TIME_TIMEOUT_MS = 5_000

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
