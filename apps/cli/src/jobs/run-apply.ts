/** Runs an apply of `chatlayer.yaml`: for `clt apply`, `clt run` and `clt jobs resume`. */
import {
  type ApplyReport,
  type ApplyRunOptions,
  PlanAgedError,
  PlanBlockedError,
} from '@chatlayer-tables/transfer/project'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { describeFailure } from '../failures.ts'
import type { StoredFlags } from '../options/writing.ts'
import type { CommandHost } from '../project/project-host.ts'
import { ApplyOutput } from './apply-output.ts'
import { runJob } from './run-job.ts'
import { syncExitOf } from './run-sync.ts'

export interface ApplyTo extends StoredFlags {
  readonly host: CommandHost
  /** Whether nothing is printed if there is nothing to do. */
  readonly silent?: boolean | undefined
}

export async function runApply(
  context: Context,
  { host, silent, ...flags }: ApplyTo,
  run: (options: ApplyRunOptions, output: ApplyOutput) => Promise<ApplyReport>,
): Promise<ExitCode> {
  const output = new ApplyOutput(context, { silent, throttled: () => host.throttled })
  try {
    return await runJob(context, flags, output, applyExitOf, (controls) =>
      run({ ...controls, ...output.listeners(), host }, output),
    )
  } catch (error) {
    if (!(error instanceof PlanBlockedError || error instanceof PlanAgedError)) throw error
    await context.messages.error(error)
    return EXIT.blocked
  }
}

/** What the exit code of an apply depends on. */
export type ExitFacts = Pick<ApplyReport, 'left' | 'checks' | 'notChecked' | 'finished'> & {
  readonly syncs: readonly Pick<ApplyReport['syncs'][number], 'report'>[]
}

/** The first that applies: check before retrying, retry, stored differently. */
export function applyExitOf({ syncs, left, checks, notChecked, finished }: ExitFacts): ExitCode {
  const exits = syncs.map(({ report }) => syncExitOf(report))
  for (const code of [EXIT.unknown, EXIT.gateway, EXIT.rejected]) {
    if (exits.includes(code)) return code
  }
  if (left.length > 0 || !finished) return EXIT.gateway
  if (notChecked !== undefined) return describeFailure(notChecked)?.exit ?? EXIT.unexpected
  if (checks?.some(({ ok }) => !ok)) return EXIT.blocked
  return exits.includes(EXIT.storedOtherwise) ? EXIT.storedOtherwise : EXIT.ok
}
