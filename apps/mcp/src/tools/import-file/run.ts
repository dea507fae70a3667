import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { canonicalJson, type Values } from '@chatlayer-tables/core'
import {
  checkFile,
  type ImportPlan,
  type ImportTarget,
  importFile,
  type JobStore,
  resumeImport,
} from '@chatlayer-tables/transfer'
import type { z } from 'zod'
import { type CallContext, defineRun, type Result, type RunTool } from '../../call/context.ts'
import { fileToRead } from '../../call/folders.ts'
import { openTable } from '../../call/open-table.ts'
import { connectionOf } from '../../journal/write-journal.ts'
import type { GuardedTable } from '../../policy/guarded-table.ts'
import { fitProblems } from '../../result/problems.ts'
import { joinSentences } from '../../result/sentences.ts'
import { type Problem, ToolError } from '../../result/tool-error.ts'
import { carryOut, undoSentence } from '../../write/carry-out.ts'
import { guardedWrite } from '../../write/guarded-write.ts'
import { lockTable } from '../../write/table-lock.ts'
import { importFile as importTool } from './definition.ts'
import { withFileErrors } from './file-errors.ts'
import { fieldsOf, keepProblem } from './report.ts'

type Input = z.output<typeof importTool.input>
/** Of a new import and of one that is resumed. */
type RunOptions = Omit<Parameters<typeof resumeImport>[0], 'job'>
type ImportResult = Result<typeof importTool.output>

export const run: RunTool = defineRun(
  importTool,
  (input, context) => withFileErrors(() => runImport(input, context)),
  {
    isIdempotent: ({ mode }) => mode !== 'insert',
    identity: ({ file }, { settings }) =>
      withFileErrors(async () => digestOf(await fileToRead(settings.files, file))),
  },
)

async function runImport(input: Input, context: CallContext) {
  const table = await openTable(context, input.table, 'write')
  checkKey(input, table)
  const path = await fileToRead(context.settings.files, input.file)
  const target = table.importTarget(input.mode !== 'insert')
  return guardedWrite(context, input, {
    tool: importTool.name,
    table,
    // The number of records is known once the file has been read.
    direct: { count: Number.POSITIVE_INFINITY, deletes: input.mode === 'replace' },
    plan: () => planImport(input, path, target, table, context),
    write: (plan) => write(input, path, target, table, plan?.totals, context),
  })
}

function checkKey({ mode, key }: Input, table: GuardedTable): void {
  if ((mode === 'insert') !== (key === undefined)) {
    throw new ToolError(
      'INVALID_ARGUMENTS',
      mode === 'insert' ? 'key cannot be combined with mode insert.' : `Mode ${mode} requires key.`,
      { field: 'key', hint: 'Pass the key columns, or use mode insert without a key.' },
    )
  }
  for (const [index, name] of (key ?? []).entries()) {
    table.checkColumn(name, 'compare', `key[${index}]`)
  }
}

async function planImport(
  input: Input,
  path: string,
  target: ImportTarget,
  table: GuardedTable,
  context: CallContext,
) {
  const { mode, key } = input
  const problems: Problem[] = []
  const sample: Values[] = []
  const report = await checkFile({
    table: target,
    input: { path },
    settings: { mode, key },
    signal: context.signal,
    onProblem: (problem) => void keepProblem(problems, problem, context),
    onRow(values) {
      if (sample.length < SAMPLED_ROWS) sample.push(values)
    },
  })
  if (report.brokenOff !== undefined) throw report.brokenOff
  const { plan: totals, read, problems: rejected } = report
  // An import by key depends on every record; an insert only changes the number of records.
  const records = mode === 'insert' ? await table.count() : await table.digest()
  const where = `"${table.definition.name}" (${table.version})`
  const { inserts, updates, deletes } = totals
  return {
    args: { path, mode, key },
    changes: await sampledChanges(sample, input, table),
    key,
    signed: { file: await digestOf(path), plan: totals, records },
    totals,
    action: `import ${basename(path)} into ${where}: ${inserts} new records, ${updates} changed, ${deletes} deleted`,
    rejected,
    problems: fitProblems(problems),
    facts: { read },
    remark:
      read > SAMPLED_ROWS || deletes > 0
        ? `The numbers are of the whole file; the records shown are those that its first ${SAMPLED_ROWS} rows change.`
        : undefined,
  }
}

/** Rows of the file whose changes the preview shows. */
const SAMPLED_ROWS = 500

async function sampledChanges(rows: readonly Values[], { mode, key }: Input, table: GuardedTable) {
  if (rows.length === 0) return []
  if (key === undefined) return (await table.previewInsert(rows)).changes
  const { changes } = await table.previewUpsert(rows, key)
  return mode === 'skip-existing' ? changes.filter(({ change }) => change === 'inserted') : changes
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('base64url')
}

/** @param confirmed the previewed plan: if the plan has changed since, nothing is written */
async function write(
  input: Input,
  path: string,
  table: ImportTarget,
  guarded: GuardedTable,
  confirmed: ImportPlan | undefined,
  context: CallContext,
): Promise<ImportResult> {
  const { mode, key, note } = input
  const { client, signal, request } = context
  const problems: Problem[] = []
  const { written, more } = await carryOut(
    context,
    { tool: importTool.name, table: guarded, note, continues: true },
    async () => {
      const store = await (await context.state.open()).jobs()
      const options: RunOptions = {
        table,
        connection: connectionOf(client),
        stop: signal,
        lockTable: () => lockTable(context, guarded),
        onStart({ job }) {
          context.journal.setJob(job)
          context.once?.noteJob(job)
        },
        onPlan: (plan) => checkPlan(plan, confirmed),
        onProblem: (problem) => void keepProblem(problems, problem, context),
        onProgress({ phase, ok, rejected, unknown, unchanged, total }) {
          if (phase === 'reading') return
          const done = ok + rejected + unknown + unchanged
          void request.progress?.(done, total, `${ok} written`)
        },
      }
      const job = await jobToResume(store, context)
      const done =
        job === undefined
          ? await importFile({ ...options, store, input: { path }, settings: { mode, key } })
          : await resumeImport({ ...options, job })
      const { inserted, updated, deleted, rejected, unknown } = done
      const counts = { inserted, updated, deleted, rejected, unknown }
      return { more: done, counts, isWhole: done.stopped === undefined }
    },
  )
  const { notice, ...fields } = fieldsOf(more, fitProblems(problems))
  // By job, because another program may have resumed it meanwhile.
  const undo = written.change_set && undoSentence(more.job, context.settings)
  return { ...written, ...fields, notice: joinSentences(notice, undo) }
}

/** The job of an equal call that was interrupted. @throws ToolError if it is done */
async function jobToResume(store: JobStore, { once }: CallContext) {
  const id = once?.continues?.job
  if (id === undefined) return undefined
  const job = await store.open(id)
  if (!job.isDone) return job
  await job.close()
  throw new ToolError(
    'ALREADY_IMPORTED',
    `Nothing was written: job ${id} has imported this file.`,
    {
      hint: 'Call list_changes for its records. To import the file once more, pass again: true.',
    },
  )
}

function checkPlan(plan: ImportPlan, confirmed: ImportPlan | undefined): void {
  if (confirmed === undefined || canonicalJson(plan) === canonicalJson(confirmed)) return
  throw new ToolError('CONFIRMATION_REFUSED', 'Nothing was written. The table changed meanwhile.', {
    field: 'confirm_token',
    hint: 'Repeat the call without confirm_token for a new preview.',
  })
}
