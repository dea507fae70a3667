/** One run of an import, told as it goes: for `clt import` and for `clt jobs resume`. */
import type { Client } from '@chatlayer-tables/core'
import type { ImportReport, RunOptions } from '@chatlayer-tables/transfer'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { describeFailure } from '../failures.ts'
import { ImportOutput } from '../output/import-output.ts'

type Run = Pick<
  RunOptions,
  'connection' | 'stop' | 'signal' | 'onStart' | 'onProgress' | 'onProblem'
>

export async function runImport(
  context: Context,
  client: Client,
  run: (options: Run) => Promise<ImportReport>,
): Promise<ExitCode> {
  const { origin, teamId, botId } = client.connection
  context.out.surviveClosing()
  const output = new ImportOutput(context, () => client.stats().throttled)
  const report = await run({
    connection: { origin, teamId, botId },
    stop: context.stop,
    signal: context.abort,
    onStart: (start) => output.start(start),
    onProgress: (progress) => output.progress(progress),
    onProblem: (problem) => output.problem(problem),
  })
  await output.end(report)
  return exitOf(report)
}

/** The first that applies of: why it ended early, what must be looked at, what must be done again. */
function exitOf({ stopped, unknown, unsent, rejected }: ImportReport): ExitCode {
  if (stopped?.reason === 'interrupted') return EXIT.interrupted
  if (stopped?.error !== undefined) return describeFailure(stopped.error)?.exit ?? EXIT.unexpected
  if (unknown > 0) return EXIT.unknown
  if (unsent > 0 && stopped === undefined) return EXIT.gateway
  return rejected > 0 ? EXIT.rejected : EXIT.ok
}
