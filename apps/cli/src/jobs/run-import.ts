/** One run of an import, told as it goes: for `clt import` and for `clt jobs resume`. */
import type { Client, TableHandle } from '@chatlayer-tables/core'
import type { ImportReport, RunOptions } from '@chatlayer-tables/transfer'
import { askToGoOn, checkCanAsk } from '../confirm.ts'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { describeFailure } from '../failures.ts'
import type { LockFlags, StoredFlags } from '../options/writing.ts'
import { countOf } from '../output/preview-output.ts'
import { lockTable } from '../table-locks.ts'
import type { ImportAgain } from './import-command.ts'
import { ImportOutput } from './import-output.ts'

type Run = Pick<
  RunOptions,
  'connection' | 'stop' | 'signal' | 'lockTable' | 'onStart' | 'onPlan' | 'onProgress' | 'onProblem'
>

export interface ImportRun extends LockFlags, StoredFlags {
  readonly client: Client
  readonly handle: TableHandle
  /** Whether records may be deleted without asking. */
  readonly yes: boolean
  /** How rows that are rejected are imported again. */
  readonly again: ImportAgain
}

export async function runImport(
  context: Context,
  { client, handle, yes, wait, acceptStored, again }: ImportRun,
  run: (options: Run) => Promise<ImportReport>,
): Promise<ExitCode> {
  const { origin, teamId, botId } = client.connection
  context.out.surviveClosing()
  const output = new ImportOutput(context, again, () => client.stats().throttled)
  const report = await run({
    connection: { origin, teamId, botId },
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
  return exitOf(report, acceptStored)
}

/** The first that applies of: why it ended early, what must be looked at, what must be done again. */
function exitOf(report: ImportReport, acceptStored: boolean): ExitCode {
  const { stopped, unknown, unsent, rejected, notDeleted, tableCount, storedOtherwise } = report
  if (stopped?.reason === 'interrupted') return EXIT.interrupted
  if (stopped?.error !== undefined) return describeFailure(stopped.error)?.exit ?? EXIT.unexpected
  if (unknown > 0 || tableCount?.fits === false) return EXIT.unknown
  if (unsent > 0 && stopped === undefined) return EXIT.gateway
  if (rejected > 0 || notDeleted > 0) return EXIT.rejected
  return storedOtherwise > 0 && !acceptStored ? EXIT.storedOtherwise : EXIT.ok
}
