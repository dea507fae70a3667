/** `clt import --check`: prints the problems of a file on stdout, a summary on stderr. */
import {
  type CheckOptions,
  type CheckReport,
  checkFile,
  type RowPlace,
} from '@chatlayer-tables/transfer'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { describeFailure } from '../../failures.ts'
import { planText } from '../../jobs/import-output.ts'
import { formatCount, Progress } from '../../output/progress.ts'
import { type RowSink, rowSink } from '../../output/record-output.ts'
import { CheckPage } from '../../pages/check-page.ts'
import type { PageOutput } from '../../pages/write-page.ts'

export async function checkImport(
  context: Context,
  options: Pick<CheckOptions, 'table' | 'input' | 'settings'>,
  page?: PageOutput,
): Promise<ExitCode> {
  const { out, messages, json } = context
  const names = ['column', 'value', 'problem', 'what to do']
  const sinkFor = (place: RowPlace): RowSink =>
    rowSink(out, [{ name: place, type: 'int' }, ...names.map((name) => ({ name }))])
  let sink: RowSink | undefined
  const progress = new Progress(messages)
  const found = page === undefined ? undefined : await beginPage(options, context)
  const report = await checkFile({
    ...options,
    signal: context.stop,
    onRow: (values) => found?.row(values),
    async onProblem(each, place) {
      found?.problem(each, place)
      const { line, column = null, value = null, ...problem } = each
      if (json) {
        const event = { event: 'problem', line, column, value, ...problem }
        await out.write(`${JSON.stringify(event)}\n`)
      } else if (found === undefined) {
        sink ??= sinkFor(place)
        await sink.row([line, column, value, problem.reason, problem.fix ?? null])
      }
    },
    onProgress: (rows, records) =>
      progress.show(() =>
        records === 0
          ? `checking: ${formatCount(rows)} rows`
          : `comparing: ${formatCount(records)} records`,
      ),
  })
  await progress.end()
  if (json) await out.write(`${JSON.stringify({ event: 'end', ...asJson(report) })}\n`)
  else await sink?.end()
  if (found !== undefined) await page?.write('changes', found.data(report))
  return await reportResult(context, report)
}

async function beginPage(
  { table }: Pick<CheckOptions, 'table'>,
  { stop }: Context,
): Promise<CheckPage> {
  const { columns } = await table.definition({ signal: stop })
  return new CheckPage(columns)
}

async function reportResult({ messages }: Context, report: CheckReport): Promise<ExitCode> {
  const { read, problems, plan, brokenOff } = report
  for (const note of report.notes) await messages.note(note)
  const absent = report.absentColumns.map((name) => `"${name}"`).join(', ')
  if (absent !== '')
    await messages.note(`columns not in the ${report.inputKind}, null in new records: ${absent}`)
  if (brokenOff !== undefined) await messages.error(brokenOff)
  const found =
    problems === 0
      ? `no problem${brokenOff === undefined ? '' : ' before the error above'}`
      : `${formatCount(problems)} ${problems === 1 ? 'problem' : 'problems'}`
  const target = `"${report.table}" (${report.version})`
  await messages.say(`${report.file} for ${target}: ${formatCount(read)} rows read, ${found}`)
  if (report.mode !== 'insert') await messages.note(planText(plan))
  if (brokenOff !== undefined) return describeFailure(brokenOff)?.exit ?? EXIT.unexpected
  return problems > 0 ? EXIT.rejected : EXIT.ok
}

function asJson({ brokenOff, ...report }: CheckReport): Record<string, unknown> {
  if (brokenOff === undefined) return report
  const { code, message, hint } = brokenOff
  return { ...report, brokenOff: { code, message, hint } }
}
