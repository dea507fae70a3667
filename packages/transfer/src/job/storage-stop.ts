import { storageErrorIn, storageErrorOf } from '@chatlayer-tables/local'
import type { ImportStop } from '../import/import-types.ts'

/**
 * How a run stops when this machine cannot keep what it must: the job, the journal, or a file beside
 * the input. An error of reading the input is none of these.
 *
 * @param folder of the job
 * @returns undefined for any other error
 */
export function storageStop(error: unknown, folder: string): ImportStop | undefined {
  const isSqlError = error instanceof Error && 'errcode' in error
  const found = storageErrorIn(error) ?? (isSqlError ? storageErrorOf(error, folder) : undefined)
  return found && { reason: 'storage', error: found }
}
