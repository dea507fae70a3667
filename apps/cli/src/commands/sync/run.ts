import { checkCanAsk } from '../../confirm.ts'
import type { Context } from '../../context.ts'
import type { ExitCode } from '../../exit-codes.ts'
import { unlessUnchanged } from '../../if-changed.ts'
import { checkedJobStore } from '../../jobs/job-store.ts'
import { syncOrShow } from '../../jobs/sync-tables.ts'
import { checkSideOptions } from '../../side-options.ts'
import {
  checkSides,
  closeSides,
  compareSettings,
  connectionOf,
  type OpenedSide,
  openSide,
  openTarget,
} from '../../sides.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  checkSides(options)
  checkSideOptions(options, [options.a, options.b])
  if (!options.dryRun && !options.yes) checkCanAsk(context)
  if (!options.dryRun) await checkedJobStore(context)
  const target = await openTarget(context, options)
  let source: OpenedSide | undefined
  try {
    source = await openSide(context, options, options.a)
    const settings = {
      ...compareSettings(options),
      delete: options.delete,
      allowEmpty: options.allowEmpty,
      maxErrors: options.onError === 'stop' ? 1 : undefined,
      acceptStored: options.acceptStored,
    }
    const command = { source, target, settings }
    const syncNow = () => syncOrShow(options, context, command)
    if (!options.ifChanged || options.dryRun) return await syncNow()
    const facts = ['sync', connectionOf(target.open), options.b, settings]
    const address = source.kind === 'file' ? source.address : undefined
    return await unlessUnchanged(context, address, facts, syncNow)
  } finally {
    await closeSides(source, target)
  }
}
