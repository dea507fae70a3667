import { relative } from 'node:path'
import { type ImportProgress, type ImportReport, importCsv } from '@chatlayer-tables/transfer'
import { openTableToWrite } from '../connection.ts'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { describeFailure } from '../failures.ts'
import type { OptionsOf } from '../invocation.ts'
import { formatCount, formatSeconds, Progress } from '../output/progress.ts'

export async function importFile(
  options: OptionsOf<'import'>,
  context: Context,
): Promise<ExitCode> {
  context.out.surviveClosing()
  await using table = await openTableToWrite(context, options)
  const progress = new Progress(context.messages)
  const startedAt = performance.now()
  const report = await importCsv({
    table: table.handle,
    file: options.file,
    stop: context.stop,
    signal: context.abort,
    onProgress: (state) => progress.show(() => progressLine(state, performance.now() - startedAt)),
  })
  await progress.end()
  await tell(report, context)
  if (context.json) await context.out.write(`${JSON.stringify(asJson(report))}\n`)
  return exitOf(report)
}

/** The first that applies of: why it ended early, what must be looked at, what must be done again. */
export function exitOf({ stopped, unknown, unsent, rejected }: ImportReport): ExitCode {
  if (stopped?.reason === 'interrupted') return EXIT.interrupted
  if (stopped !== undefined) return describeFailure(stopped.error)?.exit ?? EXIT.unexpected
  if (unknown > 0) return EXIT.unknown
  if (unsent > 0) return EXIT.gateway
  return rejected > 0 ? EXIT.rejected : EXIT.ok
}

function progressLine(state: ImportProgress, elapsedMs: number): string {
  const ended = state.ok + state.rejected + state.unknown
  const share = state.bytesTotal === 0 ? 0 : Math.min(1, state.bytesRead / state.bytesTotal)
  const parts = [
    `importing: ${formatCount(ended)} rows`,
    `${Math.floor(share * 100)}% of the file read`,
    `${formatCount(Math.round((ended * 1000) / Math.max(1, elapsedMs)))} rows/s`,
  ]
  if (state.rejected > 0) parts.push(`${formatCount(state.rejected)} rejected`)
  if (state.unknown > 0) parts.push(`${formatCount(state.unknown)} unknown`)
  return parts.join(', ')
}

async function tell(report: ImportReport, { messages }: Context): Promise<void> {
  const { stopped, files } = report
  if (stopped?.reason === 'interrupted') await messages.say('interrupted; no more rows were sent')
  else if (stopped !== undefined) await messages.error(stopped.error)
  await messages.say(summaryOf(report))
  const absent = report.absentColumns
  if (absent.length > 0) {
    await messages.note(`not in the file, so null: ${absent.map((name) => `"${name}"`).join(', ')}`)
  }
  const pointers = [
    [files.rejected, 'rejected rows, to be mended and imported'],
    [files.errors, 'why, line by line'],
    [files.unknown, 'rows that may have been written: look before you import them'],
    [files.unsent, 'rows not sent: import this file to go on'],
  ] as const
  for (const [file, what] of pointers) {
    if (file !== undefined) await messages.say(`  ${shorten(file)}: ${what}`)
  }
}

function summaryOf(report: ImportReport): string {
  const { read, ok, rejected, unknown, unsent } = report
  const counts = Object.entries({ rejected, unknown, 'not sent': unsent })
  const others = counts.map(([name, count]) => `${formatCount(count)} ${name}`).join(', ')
  const target = `"${report.table}" (${report.version})`
  return `${report.file} to ${target}: ${formatCount(read)} rows read, ${formatCount(ok)} written, ${others}, in ${formatSeconds(report.elapsedMs)}`
}

function asJson(report: ImportReport): Record<string, unknown> {
  const { stopped, elapsedMs, ...rest } = report
  const error = stopped?.error
  return {
    ...rest,
    elapsedMs: Math.round(elapsedMs),
    stopped: stopped && {
      reason: stopped.reason,
      error: error && { code: error.code, message: error.message, hint: error.hint },
    },
  }
}

/** Relative to where the user is, if that is shorter. */
function shorten(path: string): string {
  const near = relative(process.cwd(), path)
  return near.length < path.length ? near : path
}
