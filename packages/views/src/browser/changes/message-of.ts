import { RequestFailure } from '../host/host.ts'

/** What went wrong and what to do next, to show to the user. */
export function messageOf(error: unknown): string {
  if (error instanceof RequestFailure && error.hint !== undefined)
    return `${error.message} ${error.hint}`
  return error instanceof Error ? error.message : String(error)
}
