/** What a caller learns of a state that cannot be used: neither paths nor hosts. */
import type { StorageError } from '@chatlayer-tables/local'
import { type Logger, reasonOf } from '../logger.ts'
import { ToolError } from '../result/tool-error.ts'

const AWAY_HINT =
  'Nothing more is written until it can be reached. Try again in a minute; then ask the operator to check the log of the server (stderr).'

/** Whether an error is about the disk or the database; by its name, so that no library is loaded for it. */
export function isStorageError(error: unknown): error is StorageError {
  return error instanceof Error && error.name === 'StorageError' && 'kind' in error
}

/** Whether the database of the state does not respond, or another replica has taken over. */
function isAway(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (isStorageError(each)) return each.kind === 'unreachable' || each.kind === 'lost'
  }
  return false
}

/**
 * Logs an error of the state, and words it for the caller.
 *
 * @param subject such as `The journal of this server`
 * @param otherwise what the caller learns if the database is not what is missing
 */
export function stateError(
  error: unknown,
  log: Logger,
  subject: string,
  otherwise: { readonly message: string; readonly hint: string },
): ToolError {
  log.error(reasonOf(error))
  const { message: text, hint } = otherwise
  if (!isAway(error)) return new ToolError('CONFIGURATION', text, { hint })
  const message = `${subject} cannot be reached, so writes are stopped.`
  return new ToolError('CONFIGURATION', message, { hint: AWAY_HINT })
}

/** The same for an error that no tool has worded. */
export function unwordedStateError(error: StorageError): ToolError {
  return isAway(error)
    ? new ToolError('CONFIGURATION', 'The database of this server cannot be reached.', {
        hint: AWAY_HINT,
      })
    : new ToolError('CONFIGURATION', 'This server cannot use its own files.', {
        hint: 'Ask the operator to check the log of the server (stderr) and its state folder.',
      })
}
