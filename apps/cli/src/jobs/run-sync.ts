/** Runs a sync: for `clt sync` and for `clt jobs resume`. */
import type { Client, TableHandle } from '@chatlayer-tables/core'
import type { SyncReport, SyncRunOptions } from '@chatlayer-tables/transfer'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { LockFlags, StoredFlags } from '../options/writing.ts'
import { lockOf, runJob } from './run-job.ts'
import { SyncOutput } from './sync-output.ts'

type Run = Omit<SyncRunOptions, 'table' | 'connection'>

/** The table to write to, and options for writing. */
export interface SyncTo extends LockFlags, StoredFlags {
  readonly client: Client
  readonly handle: TableHandle
}

export function runSync(
  context: Context,
  to: SyncTo,
  run: (options: Run, output: SyncOutput) => Promise<SyncReport>,
): Promise<ExitCode> {
  const output = new SyncOutput(context, () => to.client.stats().throttled)
  return runJob(context, to, output, syncExitOf, (controls) =>
    run(
      {
        ...controls,
        lockTable: lockOf(context, to),
        onProgress: (progress) => output.progress(progress),
        onProblem: (problem) => output.problem(problem),
      },
      output,
    ),
  )
}

/** The first that applies: check before retrying, retry, stored differently. */
export function syncExitOf(report: SyncReport): ExitCode {
  const { stopped, unknown, rejected, readBack, storedOtherwise } = report
  // If both sides are equal at the end, every write took effect exactly once.
  const isProven = readBack?.equal === true && readBack.counts?.added === 0
  if (unknown > 0 && !isProven) return EXIT.unknown
  if (readBack?.fits === false) return EXIT.unknown
  // Deletes are not sent if other writes were rejected; both explain why the sides differ.
  const held = rejected > 0 ? report.plan.deletes - report.deleted : 0
  if (report.unsent > held && stopped === undefined) return EXIT.gateway
  if (rejected > 0) return EXIT.rejected
  if (readBack === undefined || !(readBack.equal || readBack.onlyStored)) return EXIT.unknown
  return storedOtherwise > 0 ? EXIT.storedOtherwise : EXIT.ok
}
