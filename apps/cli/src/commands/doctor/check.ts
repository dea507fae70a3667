/** What one look of the doctor found. */
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { describeFailure } from '../../failures.ts'

export type Check =
  | { readonly name: string; readonly status: 'ok'; readonly found: string }
  /** Could not be looked at, or there is nothing to look at. */
  | { readonly name: string; readonly status: 'skipped'; readonly found: string }
  | {
      readonly name: string
      readonly status: 'failed'
      readonly found: string
      /** What to do about it. */
      readonly fix: string | undefined
      /** What the whole run ends with, if this is the first that failed. */
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

/** @throws the error itself when it says nothing of the thing that was looked at */
export function failedBy(name: string, error: unknown): Check {
  const failure = describeFailure(error)
  if (failure === undefined || failure.exit === EXIT.interrupted) throw error
  return failed(name, failure.message, failure.hint, failure.exit)
}
