/** One run of a sync, told as it goes: for `clt sync` and for `clt jobs resume`. */
import type { Client, TableHandle } from '@chatlayer-tables/core'
import type { SyncReport, SyncRun } from '@chatlayer-tables/transfer'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { describeFailure } from '../failures.ts'
import type { LockFlags, StoredFlags } from '../options/writing.ts'
import { lockTable } from '../table-locks.ts'
import { SyncOutput } from './sync-output.ts'

type Run = Pick<SyncRun, 'stop' | 'signal' | 'lockTable' | 'onStart' | 'onProgress' | 'onProblem'>

/** What is written, and how. */
export interface SyncTo extends LockFlags, StoredFlags {
  readonly client: Client
  readonly handle: TableHandle
}

export async function runSync(
  context: Context,
  { client, handle, wait, acceptStored }: SyncTo,
  run: (options: Run, output: SyncOutput) => Promise<SyncReport>,
): Promise<ExitCode> {
  context.out.surviveClosing()
  const output = new SyncOutput(context, () => client.stats().throttled)
  const report = await run(
    {
      stop: context.stop,
      signal: context.abort,
      async lockTable() {
        const table = await handle.definition({ signal: context.stop })
        return await lockTable(context, { wait }, client, { table, version: handle.version })
      },
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
  return exitOf(report, acceptStored)
}

/** The first that applies of: why it ended early, what must be looked at, what must be done again. */
function exitOf(report: SyncReport, acceptStored: boolean): ExitCode {
  const { stopped, unknown, rejected, readBack, storedOtherwise } = report
  if (stopped?.reason === 'interrupted') return EXIT.interrupted
  if (stopped?.error !== undefined) return describeFailure(stopped.error)?.exit ?? EXIT.unexpected
  // Where both sides are the same in the end, every write took effect, and once.
  const isProven = readBack?.equal === true && readBack.counts?.added === 0
  if (unknown > 0 && !isProven) return EXIT.unknown
  if (readBack?.fits === false) return EXIT.unknown
  // Deletes are held back where other writes were rejected; both explain why the sides differ.
  const held = rejected > 0 ? report.plan.deletes - report.deleted : 0
  if (report.unsent > held && stopped === undefined) return EXIT.gateway
  if (rejected > 0) return EXIT.rejected
  if (readBack === undefined || !(readBack.equal || readBack.onlyStored)) return EXIT.unknown
  return storedOtherwise > 0 && !acceptStored ? EXIT.storedOtherwise : EXIT.ok
}
