import type { Version } from '@chatlayer-tables/core'
import {
  type CheckedPart,
  checkRestorePlan,
  planRestore,
  type RestoreChoice,
  type RestoreKey,
  type RestorePlan,
  restoreBackup,
} from '@chatlayer-tables/transfer'
import { checkCanAsk, confirmOrThrow } from '../../confirm.ts'
import { connect, defaultVersionToWrite } from '../../connection.ts'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { UsageError } from '../../failures.ts'
import { hintOf } from '../../hints.ts'
import { checkedJobStore, jobStore } from '../../jobs/job-store.ts'
import { RestoreOutput } from '../../jobs/restore-output.ts'
import { asLocked, runRestore } from '../../jobs/run-restore.ts'
import { Events } from '../../output/events.ts'
import { countOf } from '../../output/preview-output.ts'
import { plural } from '../../output/progress.ts'
import { rowSink } from '../../output/record-output.ts'
import { lockTables } from '../../table-locks.ts'
import { problemLine, verifyWithProgress } from '../../verify-backup.ts'
import { readTables, readVersions } from '../../version-list.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const choice = await readChoice(options, context)
  if (choice.mode === 'replace' && !options.yes && !options.dryRun) checkCanAsk(context)
  if (!options.dryRun) {
    await checkedJobStore(context)
    await context.journal.prepare(options)
  }
  await using client = await connect(context, options)
  const file = options.archive
  const verified = await verifyWithProgress(file, context)
  if (verified.problems.length > 0) return await reportDamaged(context, file, verified.problems)
  const makePlan = () => planRestore({ client, file, verified, choice, signal: context.stop })
  let plan = await makePlan()
  for (const note of plan.notes) await context.messages.note(note)
  if (plan.problems.length > 0) return await reportProblems(context, plan)
  if (options.dryRun) {
    const output = new RestoreOutput(context, () => client.stats().throttled)
    const { stop } = context
    const checked = await checkRestorePlan({ client, plan, stop, ...output.listeners(true) })
    await output.flush()
    return await printPlan(context, checked)
  }
  await using locks = await lockTables(context, options, client, plan.parts.map(asLocked))
  if (locks.hasWaited) plan = await makePlan()
  if (plan.problems.length > 0) return await reportProblems(context, plan)
  const isAsking = options.mode === 'replace' && !options.yes
  const deletes = plan.parts.reduce((sum, { before }) => sum + before, 0)
  if (isAsking && deletes > 0) {
    const tables = plan.parts.filter(({ before }) => before > 0)
    const names = tables.map(({ into, version }) => `"${into.name}" (${version})`).join(', ')
    await confirmOrThrow(context, `Replace the ${countOf(deletes)} of ${names}?`)
  }
  const { outDir, acceptStored } = options
  const store = await jobStore(context)
  return await runRestore(context, client, options, (run) =>
    restoreBackup({ ...run, plan, store, outDir, acceptStored }),
  )
}

/** @throws UsageError for contradicting options, or if only a setting selects LIVE */
async function readChoice(options: Options, context: Context): Promise<RestoreChoice> {
  const versions = readVersions(options)
  const tables = readTables(options.tables)
  const into = options.into?.toUpperCase() as Version | undefined
  const isVersionGiven =
    versions !== undefined ||
    into !== undefined ||
    tables?.every(({ version }) => version !== undefined) === true
  if (!isVersionGiven) await defaultVersionToWrite(context, options)
  const keys = options.key.map(readKey)
  const { mode } = options
  if (mode === undefined && keys.length > 0) {
    throw new UsageError(
      '--key requires --mode upsert or replace',
      'Pass --mode upsert or --mode replace.',
    )
  }
  if (mode === 'append' && keys.length > 0) {
    throw new UsageError(
      '--key cannot be used with --mode append',
      'Pass --mode upsert to update by key.',
    )
  }
  return {
    tables,
    versions: versions ?? ['DRAFT'],
    into,
    map: options.map.map(readMapping),
    mode,
    keys,
  }
}

function readMapping(text: string): [from: string, to: string] {
  const at = text.lastIndexOf('=')
  if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)]
  throw new UsageError(
    `cannot read --map ${text}`,
    'Use --map "table of the backup=table of the bot", or "table.column=column".',
  )
}

function readKey(text: string): RestoreKey {
  const at = text.lastIndexOf('=')
  const columns = text
    .slice(at + 1)
    .split(',')
    .filter((name) => name !== '')
  if (columns.length === 0) throw new UsageError(`--key ${text} has no column`)
  return at > 0 ? { table: text.slice(0, at), columns } : { columns }
}

async function reportDamaged(
  context: Context,
  file: string,
  problems: readonly { readonly place: string; readonly reason: string }[],
): Promise<ExitCode> {
  const { messages } = context
  const events = new Events(context)
  for (const problem of problems) {
    await events.event('problem', problem)
    await messages.say(`  ${problemLine(problem)}`)
  }
  await messages.failure({
    message: `${file} is damaged; nothing was written`,
    hint: 'Use another copy, or an earlier backup.',
  })
  return EXIT.usage
}

async function reportProblems(
  context: Context,
  { file, problems }: RestorePlan,
): Promise<ExitCode> {
  const { messages } = context
  const events = new Events(context)
  for (const { table, reason, fix: hint, situation } of problems) {
    const fix = hintOf({ hint, situation })
    await events.event('problem', { table, reason, fix })
    const place = table === undefined ? '' : `"${table}": `
    await messages.say(`  ${place}${reason}${fix === undefined ? '' : `. ${fix}`}`)
  }
  await messages.failure({
    message: `${file} cannot be restored: ${plural(problems.length, 'problem')}; nothing was written`,
    hint: undefined,
  })
  return EXIT.usage
}

/** Prints the plan on stdout, one table per line. */
async function printPlan(context: Context, checked: readonly CheckedPart[]): Promise<ExitCode> {
  const { out, json, messages } = context
  const rows = checked.map(({ part, problems, plan }) => {
    const { from, into, version, mode, records, before } = part
    const isEmptied = mode === 'replace' && (part.key === undefined || records === 0)
    return {
      table: from.table,
      version: from.version,
      into: into.name,
      intoVersion: version,
      mode,
      records,
      held: before,
      inserts: plan?.inserts ?? 0,
      updates: plan?.updates ?? 0,
      unchanged: plan?.unchanged ?? 0,
      deletes: isEmptied ? before : (plan?.deletes ?? 0),
      refused: problems,
    }
  })
  if (json) {
    await out.write(`${JSON.stringify({ event: 'plan', tables: rows })}\n`)
  } else {
    const names = Object.keys(rows[0] ?? {})
    const sink = rowSink(
      out,
      names.map((name) => ({ name, type: COUNTS.has(name) ? 'int' : undefined })),
    )
    for (const row of rows) await sink.row(Object.values(row))
    await sink.end()
  }
  await messages.note('nothing was written')
  return rows.some(({ refused }) => refused > 0) ? EXIT.rejected : EXIT.ok
}

const COUNTS = new Set(['records', 'held', 'inserts', 'updates', 'unchanged', 'deletes', 'refused'])
