/** One run of a restore, told as it goes: for `clt restore` and for `clt jobs resume`. */
import type { Client } from '@chatlayer-tables/core'
import {
  differsAsStored,
  isComparedEqual,
  type RestoredPart,
  type RestorePart,
  type RestoreReport,
  type RestoreRunOptions,
} from '@chatlayer-tables/transfer'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { describeFailure } from '../failures.ts'
import type { StoredFlags } from '../options/writing.ts'
import type { TableToLock } from '../table-locks.ts'
import { RestoreOutput } from './restore-output.ts'

export async function runRestore(
  context: Context,
  client: Client,
  { acceptStored }: StoredFlags,
  run: (options: RestoreRunOptions) => Promise<RestoreReport>,
): Promise<ExitCode> {
  context.out.surviveClosing()
  const output = new RestoreOutput(context, () => client.stats().throttled)
  const { stop, abort: signal } = context
  const listeners = output.listeners()
  const report = await run({
    ...{ client, stop, signal },
    ...listeners,
    onStart(start) {
      context.journal.job = start.job
      listeners.onStart?.(start)
    },
  })
  await output.end(report)
  return exitOf(report, acceptStored)
}

/** The first that applies of: why it ended early, what must be looked at, what must be done again. */
function exitOf(report: RestoreReport, acceptStored: boolean): ExitCode {
  const { stopped, restored, notCompared } = report
  if (stopped?.reason === 'interrupted') return EXIT.interrupted
  if (stopped?.error !== undefined) return describeFailure(stopped.error)?.exit ?? EXIT.unexpected
  const isUnclear = ({ unknown, tableCount }: RestoredPart) =>
    unknown > 0 || tableCount?.fits === false
  if (restored.some(isUnclear)) return EXIT.unknown
  if (restored.some(({ unsent }) => unsent > 0)) return EXIT.gateway
  if (restored.some(({ rejected, notDeleted }) => rejected + notDeleted > 0)) return EXIT.rejected
  if (notCompared !== undefined) return describeFailure(notCompared)?.exit ?? EXIT.unexpected
  const isExpected = ({ comparison }: RestoredPart) =>
    comparison !== undefined && (isComparedEqual(comparison) || differsAsStored(comparison))
  if (!restored.every(isExpected)) return EXIT.unknown
  const isStored = restored.some(({ storedOtherwise }) => storedOtherwise > 0)
  return isStored && !acceptStored ? EXIT.storedOtherwise : EXIT.ok
}

export function asLocked({ into, version }: RestorePart): TableToLock {
  return { table: into, version }
}
