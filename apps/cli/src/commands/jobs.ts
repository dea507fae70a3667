import {
  type ImportFacts,
  type ImportReport,
  type JobStore,
  type JobSummary,
  resumeImport,
} from '@chatlayer-tables/transfer'
import { connectAgain } from '../connect-again.ts'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { UsageError } from '../failures.ts'
import type { OptionsOf } from '../invocation.ts'
import { jobStore } from '../job-store.ts'
import { rowSink } from '../output/record-output.ts'
import { runImport } from './run-import.ts'

export async function listJobs(_: OptionsOf<'jobs list'>, context: Context): Promise<ExitCode> {
  const jobs = jobStore(context).list()
  if (context.json) {
    await context.out.write(`${JSON.stringify(jobs)}\n`)
    return EXIT.ok
  }
  const names = ['job', 'status', 'begun', 'file', 'table', 'written', 'rejected', 'unknown']
  const sink = rowSink(
    context.out,
    names.map((name) => ({ name, type: RIGHT.includes(name) ? 'int' : undefined })),
  )
  for (const job of jobs) {
    const facts = factsOf(job)
    const report = reportOf(job)
    const table = facts === undefined ? null : `${facts.table.name}@${facts.version.toLowerCase()}`
    const begun = facts?.createdAt.replace(/\.\d+/, '') ?? null
    const counts = [report?.ok, report?.rejected, report?.unknown].map((count) => count ?? null)
    await sink.row([job.id, job.status, begun, facts?.input.name ?? null, table, ...counts])
  }
  await sink.end()
  if (jobs.length === 0) await context.messages.note('There are no jobs.')
  return EXIT.ok
}

const RIGHT = ['written', 'rejected', 'unknown']

export async function showJob(
  options: OptionsOf<'jobs show'>,
  context: Context,
): Promise<ExitCode> {
  const job = jobStore(context).show(options.job)
  if (context.json) {
    await context.out.write(`${JSON.stringify(job)}\n`)
    return EXIT.ok
  }
  const sink = rowSink(context.out, [{ name: 'what' }, { name: 'is' }])
  for (const [what, is] of factLines(job)) await sink.row([what, is])
  await sink.end()
  if (job.status === 'unfinished') {
    await context.messages.note(`go on with: clt jobs resume ${job.id}`)
  }
  return EXIT.ok
}

function factLines(job: JobSummary): [string, string | number][] {
  const facts = factsOf(job)
  const report = reportOf(job)
  const lines: [string, string | number][] = [
    ['job', job.id],
    ['status', job.status],
  ]
  if (facts !== undefined) {
    const { connection, table, input, settings } = facts
    lines.push(
      ['begun', facts.createdAt],
      ['file', input.path ?? `${input.name}, of which the job keeps a copy`],
      ['size', input.fingerprint.size],
      ['sha256', input.fingerprint.sha256],
      ['table', `${table.name} (${table.id})`],
      ['version', facts.version],
      ['gateway', connection.origin],
      ['team', connection.teamId],
      ['bot', connection.botId],
      ['settings', JSON.stringify(settings)],
    )
  }
  if (report !== undefined) {
    const { read, ok, unchanged, rejected, unknown, unsent } = report
    const counts = { read, written: ok, unchanged, rejected, unknown, 'not sent': unsent }
    lines.push(...Object.entries(counts))
    for (const file of Object.values(report.files))
      if (file !== undefined) lines.push(['see', file])
  }
  return lines
}

export async function resumeJob(
  options: OptionsOf<'jobs resume'>,
  context: Context,
): Promise<ExitCode> {
  const store = jobStore(context)
  const id = options.job ?? theUnfinished(store)
  const facts = factsOf(store.show(id))
  if (facts === undefined) throw new UsageError(`job ${id} cannot be read`)
  await using client = await connectAgain(context, options, facts.connection)
  const job = store.open(id)
  const table = client.table(facts.table.id, { version: facts.version })
  return await runImport(context, client, options.yes, (run) =>
    resumeImport({ ...run, table, job }),
  )
}

/** @throws UsageError when there is none, or more than one */
function theUnfinished(store: JobStore): string {
  const [only, ...others] = store.list().filter(({ status }) => status === 'unfinished')
  if (only === undefined) throw new UsageError('there is no job to go on with')
  if (others.length === 0) return only.id
  throw new UsageError(
    `there are ${others.length + 1} jobs to go on with`,
    `Say which: ${[only, ...others].map(({ id }) => id).join(', ')}. clt jobs list tells them apart.`,
  )
}

export async function removeJobs(
  { jobs, done }: OptionsOf<'jobs rm'>,
  context: Context,
): Promise<ExitCode> {
  const store = jobStore(context)
  if (jobs.length === 0 && !done) {
    throw new UsageError('no job is named', 'Give ids, or say --done for all that are done.')
  }
  const ids = done
    ? store
        .list()
        .filter(({ status }) => status === 'done')
        .map(({ id }) => id)
    : []
  for (const id of [...ids, ...jobs]) {
    await context.messages.note(`removed job ${store.remove(id)}`)
  }
  return EXIT.ok
}

/** What this program has written, under a format that the store has checked. */
function factsOf({ facts }: JobSummary): ImportFacts | undefined {
  return facts as ImportFacts | undefined
}

function reportOf({ report }: JobSummary): ImportReport | undefined {
  return report as ImportReport | undefined
}
