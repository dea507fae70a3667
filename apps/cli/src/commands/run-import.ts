/** One run of an import, told as it goes: for `clt import` and for `clt jobs resume`. */
import type { Client } from '@chatlayer-tables/core'
import type { ImportReport, RunOptions } from '@chatlayer-tables/transfer'
import { askToGoOn, checkCanAsk } from '../confirm.ts'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { describeFailure } from '../failures.ts'
import { useLittleMemory } from '../frugal-memory.ts'
import { ImportOutput } from '../output/import-output.ts'
import { countOf } from '../output/preview-output.ts'

type Run = Pick<
  RunOptions,
  'connection' | 'stop' | 'signal' | 'onStart' | 'onPlan' | 'onProgress' | 'onProblem'
>

/** @param yes whether records may be deleted without asking */
export async function runImport(
  context: Context,
  client: Client,
  yes: boolean,
  run: (options: Run) => Promise<ImportReport>,
): Promise<ExitCode> {
  useLittleMemory()
  const { origin, teamId, botId } = client.connection
  context.out.surviveClosing()
  const output = new ImportOutput(context, () => client.stats().throttled)
  const report = await run({
    connection: { origin, teamId, botId },
    stop: context.stop,
    signal: context.abort,
    onStart: (start) => output.start(start),
    async onPlan(plan, file) {
      await output.plan(plan, file)
      if (plan.deletes === 0 || yes) return
      checkCanAsk(context)
      await askToGoOn(context, `Delete the ${countOf(plan.deletes)} that the file lacks?`)
    },
    onProgress: (progress) => output.progress(progress),
    onProblem: (problem) => output.problem(problem),
  })
  await output.end(report)
  return exitOf(report)
}

/** The first that applies of: why it ended early, what must be looked at, what must be done again. */
function exitOf({ stopped, unknown, unsent, rejected, notDeleted }: ImportReport): ExitCode {
  if (stopped?.reason === 'interrupted') return EXIT.interrupted
  if (stopped?.error !== undefined) return describeFailure(stopped.error)?.exit ?? EXIT.unexpected
  if (unknown > 0) return EXIT.unknown
  if (unsent > 0 && stopped === undefined) return EXIT.gateway
  return rejected > 0 || notDeleted > 0 ? EXIT.rejected : EXIT.ok
}
