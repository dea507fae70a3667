/** Copies records by key: a sync of some records, in the columns that both tables have. */
import { InvalidInputError, NotExpressibleError } from '@chatlayer-tables/core'
import type { SyncPlan, SyncSettings } from './sync-types.ts'

/** What to copy. */
export interface CopyChoice
  extends Pick<SyncSettings, 'columns' | 'ignore' | 'allowEmpty' | 'maxErrors' | 'acceptStored'> {
  /** The key columns; records of one key are one record. */
  readonly key: readonly string[]
  /** The records of the source to copy (default: all). */
  readonly where?: NonNullable<SyncSettings['only']>['where'] | undefined
  /** Whether selected records of the target whose key the source does not have are deleted. */
  readonly delete: boolean
}

/**
 * The settings of a sync that copies: a record of the source that matches is inserted, or its
 * counterpart by key updated, wherever that is in the target. Records that match in the target alone
 * are deleted where that is chosen and the source does not have their key.
 *
 * @throws InvalidInputError without a key
 */
export function copySettings({ key, where, ...choice }: CopyChoice): SyncSettings {
  if (key.length === 0) {
    throw new InvalidInputError('no key columns are specified', {
      field: 'key',
      hint: 'Name the columns whose values identify a record.',
    })
  }
  const of = choice.delete ? 'a and extra' : 'a'
  return { ...choice, key, inCommon: true, only: where && { where, of } }
}

/**
 * Checks that every value of a copy can be written. To be called before anything is written.
 *
 * @throws InvalidInputError naming each column with the number of values that do not fit, and the first
 */
export function checkCopy({ refusals, b }: SyncPlan): void {
  const { count, columns, first, firstKey } = refusals
  if (first === undefined) return
  const table = b.kind === 'table' ? `"${b.name}" (${b.version})` : b.name
  const records = count === 1 ? '1 record does' : `${count} records do`
  const names = [...columns].map(([name, values]) => `"${name}" (${values})`)
  const where = names.length > 0 ? ` in ${names.join(', ')}` : ''
  const key = Object.values(firstKey ?? {})
    .map((value) => JSON.stringify(value))
    .join(', ')
  // What to do about a null that cannot be written.
  const more = first instanceof NotExpressibleError ? [first.hint] : []
  throw new InvalidInputError(
    `${records} not fit ${table}${where}; the first is ${key}: ${first.message}`,
    {
      field: 'from',
      hint: ['Nothing was written. Correct these values, or omit the columns.', ...more].join(' '),
      cause: first,
    },
  )
}
