import { ConfigurationError } from '@chatlayer-tables/core'
import { storageErrorOf } from '@chatlayer-tables/local'

/**
 * The error of a journal that cannot be written, which ends a whole write.
 *
 * @param place of the journal
 */
export function journalError(cause: unknown, place: string): ConfigurationError {
  if (cause instanceof ConfigurationError) return cause
  const found = storageErrorOf(cause, place)
  const reason = found?.message ?? (cause instanceof Error ? cause.message : String(cause))
  return new ConfigurationError(`the journal cannot be written: ${reason}`, {
    hint: found?.hint,
    cause: found ?? cause,
  })
}
