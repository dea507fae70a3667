/** Runs a restore: for `clt restore` and for `clt jobs resume`. */
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
import { runJob } from './run-job.ts'

export function runRestore(
  context: Context,
  client: Client,
  flags: StoredFlags,
  run: (options: RestoreRunOptions) => Promise<RestoreReport>,
): Promise<ExitCode> {
  const output = new RestoreOutput(context, () => client.stats().throttled)
  return runJob(context, flags, output, exitOf, (controls) =>
    run({ client, ...output.listeners(), ...controls }),
  )
}

export function asLocked({ into, version }: RestorePart): TableToLock {
  return { table: into, version }
}

/** The first that applies: check before retrying, retry, stored differently. */
function exitOf({ restored, notCompared }: RestoreReport): ExitCode {
  const needsCheck = ({ unknown, tableCount }: RestoredPart) =>
    unknown > 0 || tableCount?.fits === false
  if (restored.some(needsCheck)) return EXIT.unknown
  if (restored.some(({ unsent }) => unsent > 0)) return EXIT.gateway
  if (restored.some(({ rejected, notDeleted }) => rejected + notDeleted > 0)) return EXIT.rejected
  if (notCompared !== undefined) return describeFailure(notCompared)?.exit ?? EXIT.unexpected
  const isExpected = ({ comparison }: RestoredPart) =>
    comparison !== undefined && (isComparedEqual(comparison) || differsAsStored(comparison))
  if (!restored.every(isExpected)) return EXIT.unknown
  const isStored = restored.some(({ storedOtherwise }) => storedOtherwise > 0)
  return isStored ? EXIT.storedOtherwise : EXIT.ok
}
