import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ChatlayerError, canonicalJson } from '@chatlayer-tables/core'
import {
  checkFile,
  type ImportPlan,
  type ImportReport,
  type ImportTarget,
  importFile,
  JobStore,
  type RowProblem,
} from '@chatlayer-tables/transfer'
import type { z } from 'zod'
import { type CallContext, defineRun, type Result, type RunTool } from '../../call/context.ts'
import { fromClientError, messageOf } from '../../call/errors.ts'
import { fileToRead } from '../../call/folders.ts'
import { openTable } from '../../call/open-table.ts'
import type { PlannedWrite } from '../../confirm/confirmation.ts'
import { connectionOf, stateFolderOf } from '../../journal/write-journal.ts'
import type { GuardedTable } from '../../policy/guarded-table.ts'
import { joinedReason } from '../../policy/redact.ts'
import { cutToTokens, fitItems } from '../../result/budget.ts'
import { type Problem, ToolError } from '../../result/tool-error.ts'
import { carryOut, undoSentence } from '../../write/carry-out.ts'
import { joined, previewResult } from '../../write/preview.ts'
import { lockTable } from '../../write/table-lock.ts'
import { importFile as importTool } from './definition.ts'

type Input = z.output<typeof importTool.input>
type Answer = Result<typeof importTool.output>

/** Problems are kept up to this many; the files of the import have them all. */
const MAX_PROBLEMS = 50
const PROBLEM_TOKENS = 1_500
const REASON_TOKENS = 120

export const run: RunTool = defineRun(importTool, (input, context) =>
  withoutFlags(() => runImport(input, context)),
)

async function runImport(input: Input, context: CallContext): Promise<Answer> {
  const table = await openTable(context, input.table, 'write')
  checkKey(input, table)
  const path = await fileToRead(context.settings.files, input.file)
  const target = table.importTarget(input.mode !== 'insert')
  const most = { count: Number.POSITIVE_INFINITY, deletes: input.mode === 'replace', table }
  if (!input.dry_run && !context.confirmation.mayNeed(most)) {
    return write(input, path, target, table, undefined, context)
  }
  const { planned, plan, read, problems, count } = await preview(
    input,
    path,
    target,
    table,
    context,
  )
  if (input.dry_run) {
    const { inserts, updates, unchanged, deletes } = plan
    const remark = `${inserts} rows would be inserted, ${updates} records updated, ${unchanged} left, ${deletes} deleted; ${count} rows have problems.`
    const facts = { ...NOTHING, read, rejected: count, problems: shown(problems) }
    return previewResult(context, planned, [], facts, remark)
  }
  context.confirmation.require(planned, context.request, input.confirm_token)
  return write(input, path, target, table, plan, context)
}

const NOTHING = { inserted: 0, updated: 0, unchanged: 0, deleted: 0, unsent: 0 }

function checkKey({ mode, key }: Input, table: GuardedTable): void {
  if ((mode === 'insert') !== (key === undefined)) {
    throw new ToolError(
      'INVALID_ARGUMENTS',
      mode === 'insert' ? 'key goes with another mode than insert.' : `${mode} needs a key.`,
      { field: 'key', hint: 'The key names the columns that tell records apart.' },
    )
  }
  for (const [index, name] of (key ?? []).entries()) {
    table.checkColumn(name, 'compare', `key[${index}]`)
  }
}

async function preview(
  input: Input,
  path: string,
  target: ImportTarget,
  table: GuardedTable,
  context: CallContext,
) {
  const { mode, key } = input
  const problems: Problem[] = []
  const report = await checkFile({
    table: target,
    input: { path },
    settings: { mode, key },
    signal: context.signal,
    onProblem: (problem) => void keep(problems, problem, context),
  })
  if (report.brokenOff !== undefined) throw report.brokenOff
  const { plan } = report
  // An import by key depends on every record; a plain one adds to the table, and shows by its size.
  const records = mode === 'insert' ? await table.count() : await table.digest()
  const data = { file: await digestOf(path), plan, records }
  const count = plan.inserts + plan.updates + plan.deletes
  const where = `"${table.definition.name}" (${table.version})`
  const planned: PlannedWrite = {
    tool: importTool.name,
    table,
    args: { path, mode, key },
    count,
    deletes: plan.deletes > 0,
    data: () => data,
    does: `import ${basename(path)} into ${where}: ${plan.inserts} new records, ${plan.updates} changed, ${plan.deletes} deleted`,
    samples: [],
    note: input.note,
  }
  return { planned, plan, read: report.read, problems, count: report.problems }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('base64url')
}

/** @param confirmed what the import was previewed to do; it writes nothing when that is no longer so */
async function write(
  input: Input,
  path: string,
  table: ImportTarget,
  guarded: GuardedTable,
  confirmed: ImportPlan | undefined,
  context: CallContext,
): Promise<Answer> {
  const { mode, key, note } = input
  const { client, signal, request } = context
  const problems: Problem[] = []
  const { written, more } = await carryOut(
    context,
    { tool: importTool.name, table: guarded, note },
    async () => {
      const done = await importFile({
        table,
        connection: connectionOf(client),
        store: new JobStore(join(await stateFolderOf(context), 'jobs')),
        input: { path },
        settings: { mode, key },
        stop: signal,
        lockTable: () => lockTable(context, guarded),
        onStart: ({ job }) => context.journal.setJob(job),
        onPlan: (plan) => checkPlan(plan, confirmed),
        onProblem: (problem) => void keep(problems, problem, context),
        onProgress({ phase, ok, rejected, unknown, unchanged, total }) {
          if (phase === 'reading') return
          const done = ok + rejected + unknown + unchanged
          void request.progress?.(done, total, `${ok} written`)
        },
      })
      const { inserted, updated, deleted, rejected, unknown } = done
      return { more: done, counts: { inserted, updated, deleted, rejected, unknown } }
    },
  )
  const { notice, ...answer } = answerOf(more, shown(problems))
  // By its job: another program may have gone on with it by then.
  const undo = written.change_set && undoSentence(more.job, context.settings)
  return { ...written, ...answer, notice: joined(notice, undo) }
}

function checkPlan(plan: ImportPlan, confirmed: ImportPlan | undefined): void {
  if (confirmed === undefined || canonicalJson(plan) === canonicalJson(confirmed)) return
  throw new ToolError('CONFIRMATION_REFUSED', 'Nothing was written. The table changed meanwhile.', {
    field: 'confirm_token',
    hint: 'Repeat the call with dry_run: true for a new preview.',
  })
}

/** What an import tells beside its counts of records. */
function answerOf(report: ImportReport, problems: Problem[]) {
  const { read, unchanged, unsent, rejected, stopped, job, notDeleted } = report
  const files = Object.values(report.files).flatMap((file: string | undefined) => file ?? [])
  return {
    notice: joined(
      stopped === undefined
        ? undefined
        : `Stopped before the end (${stopped.reason})${stopText(stopped.error)}`,
      rejected > problems.length ? `The first ${problems.length} problems are listed.` : undefined,
      notDeleted > 0
        ? `${notDeleted} records were not deleted, since not all rows went well.`
        : undefined,
      countText(report),
    ),
    read,
    unchanged,
    unsent,
    problems,
    job,
    ...(files.length > 0 ? { files } : {}),
  }
}

/** An unexpected number of records, and the keys that several of them have. */
function countText({ tableCount, heldTwice }: ImportReport): string | undefined {
  if (tableCount === undefined || tableCount.fits) return undefined
  const { after, least, most } = tableCount
  const expected = least === most ? `${least}` : `${least} to ${most}`
  const keys = heldTwice.map(({ line, ids }) => `that of line ${line} (${ids.join(', ')})`)
  return joined(
    `The table holds ${after} records, expected ${expected}. Check it before retrying.`,
    keys.length > 0 ? `Keys that several records have: ${keys.join('; ')}.` : undefined,
  )
}

/** Where this server keeps its files is not for its caller. */
function stopText(error: NonNullable<ImportReport['stopped']>['error']): string {
  if (error === undefined) return '.'
  return error.code === 'STORAGE'
    ? ': This server cannot write its own files, such as for lack of space.'
    : `: ${messageOf(error)}`
}

function keep(
  problems: Problem[],
  { line, outcome, column, code, reason, fix }: RowProblem,
  { catalog }: CallContext,
): void {
  if (problems.length >= MAX_PROBLEMS) return
  problems.push({
    line,
    status: outcome,
    reason: joinedReason({ code, reason, hint: fix }, catalog.hiddenNames),
    ...(column === undefined ? {} : { field: column }),
  })
}

function shown(problems: readonly Problem[]): Problem[] {
  const short = problems.map(({ reason, ...rest }) => ({
    ...rest,
    reason: cutToTokens(reason, REASON_TOKENS),
  }))
  return [...fitItems(short, PROBLEM_TOKENS).items]
}

/** The library's hints speak of flags of the command line, which are no arguments here. */
async function withoutFlags<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof ChatlayerError) || error.hint === undefined) throw error
    const sentences = error.hint.split(/(?<=[.!?]) /).filter((text) => !/(?:^|\s)--?\w/.test(text))
    const { code, message, details } = fromClientError(error)
    const hint = sentences.length > 0 ? sentences.join(' ') : undefined
    throw new ToolError(code, message, { ...details, hint }, true)
  }
}
