/** What commands share that write a table to a database. */
import { join } from 'node:path'
import { userStateFolder } from '@chatlayer-tables/local'
import {
  addressKind,
  type DatabaseExportReport,
  openTarget,
  type TargetSession,
  type WholeReason,
} from '@chatlayer-tables/sources'
import type { Context } from './context.ts'
import { UsageError } from './failures.ts'
import { formatCount } from './output/progress.ts'

/** @throws UsageError for an address that is not of a database */
export async function openDatabase(to: string, context: Context): Promise<TargetSession> {
  const kind = addressKind(to)
  if (kind === undefined) {
    throw new UsageError(
      '--to must be the address of a database and a table of it',
      'Such as postgres://user@host/database#stores or sqlite:shop.db#stores. For a file, use clt export -o.',
    )
  }
  return await openTarget(kind, {
    address: to,
    env: context.io.env,
    lockFolder: join(userStateFolder(context.io.env), 'locks'),
    signal: context.stop,
  })
}

export const WHOLE_REASONS: Readonly<Record<WholeReason, string>> = {
  first: 'no earlier run with --since last wrote this table there',
  form: 'columns have changed since the last run',
  changed: 'another program has changed the table of the database',
  deletes: 'earlier runs did not delete rows',
  due: 'to correct what changes by date do not show',
  small: 'the table is small',
  'no dates': 'the gateway cannot filter by date',
  overlap: 'many records were written just before the last run',
  count: 'the number of records shows that some were deleted',
}

/** `3 inserted, 1 updated, 200 unchanged, 0 deleted`. */
export function countsText({
  inserted,
  updated,
  unchanged,
  deleted,
}: DatabaseExportReport): string {
  return Object.entries({ inserted, updated, unchanged, deleted })
    .map(([word, count]) => `${formatCount(count)} ${word}`)
    .join(', ')
}
