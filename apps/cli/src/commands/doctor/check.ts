/** Result of one check of the doctor. */
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { describeFailure } from '../../failures.ts'

export type Check =
  | { readonly name: string; readonly status: 'ok'; readonly found: string }
  /** Could not be checked, or there was nothing to check. */
  | { readonly name: string; readonly status: 'skipped'; readonly found: string }
  | {
      readonly name: string
      readonly status: 'failed'
      readonly found: string
      /** Suggested fix. */
      readonly fix: string | undefined
      /** Exit code of the run, if this is the first failed check. */
      readonly exit: ExitCode
    }

export function ok(name: string, found: string): Check {
  return { name, status: 'ok', found }
}

export function skipped(name: string, why: string): Check {
  return { name, status: 'skipped', found: why }
}

export function failed(
  name: string,
  found: string,
  fix: string | undefined,
  exit: ExitCode,
): Check {
  return { name, status: 'failed', found, fix, exit }
}

/** @throws the error itself if it is an interruption or unrelated to the check */
export function failedBy(name: string, error: unknown): Check {
  const failure = describeFailure(error)
  if (failure === undefined || failure.exit === EXIT.interrupted) throw error
  return failed(name, failure.message, failure.hint, failure.exit)
}
