/** Errors that say what a failed export has written. */
import { SideError } from '../side-error.ts'

/** For an error of a commit: the server may have done it before the connection broke. */
export function ofCommit(error: unknown): unknown {
  if (!(error instanceof SideError) || error.code !== 'SIDE_UNREACHABLE') return error
  return new SideError(
    error.code,
    `${error.message}; it is not known whether the records were written`,
    {
      hint: 'Run the command again: it writes only what differs.',
      isTransient: true,
      cause: error,
    },
  )
}

/** For an error before a commit that may go away by itself. */
export function ofExport(error: unknown): unknown {
  if (!(error instanceof SideError) || !error.isTransient || error.hint !== undefined) return error
  return new SideError(error.code, error.message, {
    hint: 'No record was written. Run the command again.',
    isTransient: true,
    cause: error,
  })
}
