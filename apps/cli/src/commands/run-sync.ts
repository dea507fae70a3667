/** One run of a sync, told as it goes: for `clt sync` and for `clt jobs resume`. */
import type { Client } from '@chatlayer-tables/core'
import type { SyncReport, SyncRun } from '@chatlayer-tables/transfer'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { describeFailure } from '../failures.ts'
import { SyncOutput } from '../output/sync-output.ts'

type Run = Pick<SyncRun, 'stop' | 'signal' | 'onStart' | 'onProgress' | 'onProblem'>

export async function runSync(
  context: Context,
  client: Client,
  run: (options: Run, output: SyncOutput) => Promise<SyncReport>,
): Promise<ExitCode> {
  context.out.surviveClosing()
  const output = new SyncOutput(context, () => client.stats().throttled)
  const report = await run(
    {
      stop: context.stop,
      signal: context.abort,
      onStart(start) {
        context.journal.job = start.job
        output.start(start)
      },
      onProgress: (progress) => output.progress(progress),
      onProblem: (problem) => output.problem(problem),
    },
    output,
  )
  await output.end(report)
  return exitOf(report)
}

/** The first that applies of: why it ended early, what must be looked at, what must be done again. */
function exitOf({ stopped, unknown, unsent, rejected, readBack }: SyncReport): ExitCode {
  if (stopped?.reason === 'interrupted') return EXIT.interrupted
  if (stopped?.error !== undefined) return describeFailure(stopped.error)?.exit ?? EXIT.unexpected
  // Where both sides are the same in the end, every write has landed, and once.
  const isProven = readBack?.equal === true && readBack.counts?.added === 0
  if (unknown > 0 && !isProven) return EXIT.unknown
  if (rejected > 0) return EXIT.rejected
  if (unsent > 0) return EXIT.gateway
  return readBack?.equal === true ? EXIT.ok : EXIT.rejected
}
