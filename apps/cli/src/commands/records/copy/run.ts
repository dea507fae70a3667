/** `clt records copy`: copies records by key to another version or table. */
import { checkCopy, copySettings, type SyncPlan } from '@chatlayer-tables/transfer'
import { readConditions } from '../../../conditions.ts'
import { checkCanAsk } from '../../../confirm.ts'
import { openTableToRead, openTableToWrite } from '../../../connection.ts'
import type { Context } from '../../../context.ts'
import type { ExitCode } from '../../../exit-codes.ts'
import { checkExpected } from '../../../expected.ts'
import { UsageError } from '../../../failures.ts'
import { checkedJobStore } from '../../../jobs/job-store.ts'
import { syncOrShow } from '../../../jobs/sync-tables.ts'
import { checkSides, closeSides, type OpenTableSide, openTableSide } from '../../../sides.ts'
import { parseColumns } from '../../../where.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const settings = settingsOf(options)
  checkSides({ a: options.from, b: options.to, live: options.live })
  if (!options.dryRun && !options.yes) checkCanAsk(context)
  if (!options.dryRun) await checkedJobStore(context)
  const target = await openTableSide(context, options, options.to, openTableToWrite)
  let source: OpenTableSide | undefined
  const check = (plan: SyncPlan): void => {
    checkCopy(plan)
    checkExpected('Write', plan.inserts + plan.updates + plan.deletes, options.expect)
  }
  try {
    source = await openTableSide(context, options, options.from, openTableToRead)
    return await syncOrShow(options, context, { source, target, settings, check })
  } finally {
    await closeSides(source, target)
  }
}

function settingsOf(options: Options) {
  const key = options.key.flatMap(parseColumns)
  if (key.length === 0) {
    throw new UsageError(
      'no key columns are specified',
      'Pass --key with their names, such as --key code.',
    )
  }
  const columns = options.columns.flatMap(parseColumns)
  return copySettings({
    key,
    columns: columns.length > 0 ? columns : undefined,
    ignore: options.ignore,
    where: readConditions(options),
    delete: options.delete,
    allowEmpty: options.allowEmpty,
    acceptStored: options.acceptStored,
  })
}
