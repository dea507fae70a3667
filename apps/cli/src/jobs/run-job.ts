/** Runs and reports a job of any kind: for the command that starts it and to resume it. */
import type { Client, TableHandle } from '@chatlayer-tables/core'
import type { JobReport } from '@chatlayer-tables/transfer'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { describeFailure } from '../failures.ts'
import type { LockFlags, StoredFlags } from '../options/writing.ts'
import { lockTable } from '../table-locks.ts'

/** Reports one kind of job. */
interface JobOutput<Start, Report> {
  start(start: Start): void
  end(report: Report): Promise<void>
}

interface RunControls<Start> {
  readonly stop: AbortSignal
  readonly signal: AbortSignal
  readonly onStart: (start: Start) => void
}

/**
 * @param exitOf the exit code of a run that no error stopped: `storedOtherwise` if nothing else is wrong
 */
export async function runJob<Start extends { readonly job: string }, Report extends JobReport>(
  context: Context,
  { acceptStored }: StoredFlags,
  output: JobOutput<Start, Report>,
  exitOf: (report: Report) => ExitCode,
  run: (controls: RunControls<Start>) => Promise<Report>,
): Promise<ExitCode> {
  context.out.surviveClosing()
  const report = await run({
    stop: context.stop,
    signal: context.abort,
    onStart(start) {
      context.journal.job = start.job
      output.start(start)
    },
  })
  await output.end(report)
  const { stopped } = report
  if (stopped?.reason === 'interrupted') return EXIT.interrupted
  if (stopped?.error !== undefined) return describeFailure(stopped.error)?.exit ?? EXIT.unexpected
  const exit = exitOf(report)
  return exit === EXIT.storedOtherwise && acceptStored ? EXIT.ok : exit
}

/** Returns a function that takes the lock of the table that a job writes to. */
export function lockOf(
  context: Context,
  { client, handle, wait }: LockFlags & { readonly client: Client; readonly handle: TableHandle },
): () => Promise<AsyncDisposable> {
  return async () => {
    const table = await handle.definition({ signal: context.stop })
    return await lockTable(context, { wait }, client, { table, version: handle.version })
  }
}
