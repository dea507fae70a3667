/** Runs an import: for `clt import` and for `clt jobs resume`. */
import type { Client, TableHandle } from '@chatlayer-tables/core'
import type { ImportReport, RunOptions } from '@chatlayer-tables/transfer'
import { checkCanAsk, confirmOrThrow } from '../confirm.ts'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { LockFlags, StoredFlags } from '../options/writing.ts'
import { countOf } from '../output/preview-output.ts'
import type { ImportAgain } from './import-command.ts'
import { ImportOutput } from './import-output.ts'
import { lockOf, runJob } from './run-job.ts'

export interface ImportRun extends LockFlags, StoredFlags {
  readonly client: Client
  readonly handle: TableHandle
  /** Whether records are deleted without confirmation. */
  readonly yes: boolean
  /** How to import rejected rows again. */
  readonly again: ImportAgain
}

export function runImport(
  context: Context,
  importing: ImportRun,
  run: (options: RunOptions) => Promise<ImportReport>,
): Promise<ExitCode> {
  const { client, handle, yes, again } = importing
  const { origin, teamId, botId } = client.connection
  const output = new ImportOutput(context, again, () => client.stats().throttled)
  return runJob(context, importing, output, exitOf, (controls) =>
    run({
      ...controls,
      table: handle,
      connection: { origin, teamId, botId },
      lockTable: lockOf(context, importing),
      async onPlan(plan, file) {
        await output.plan(plan, file)
        if (plan.deletes === 0 || yes) return
        checkCanAsk(context, '--check to see what would change')
        await confirmOrThrow(
          context,
          `Delete ${countOf(plan.deletes)} not in the ${file.inputKind}?`,
        )
      },
      onProgress: (progress) => output.progress(progress),
      onProblem: (problem) => output.problem(problem),
    }),
  )
}

/** The first that applies: check before retrying, retry, stored differently. */
function exitOf(report: ImportReport): ExitCode {
  const { stopped, unknown, unsent, rejected, notDeleted, tableCount, storedOtherwise } = report
  if (unknown > 0 || tableCount?.fits === false) return EXIT.unknown
  if (unsent > 0 && stopped === undefined) return EXIT.gateway
  if (rejected > 0 || notDeleted > 0) return EXIT.rejected
  return storedOtherwise > 0 ? EXIT.storedOtherwise : EXIT.ok
}
