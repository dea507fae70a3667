import { checkCanAsk } from '../../confirm.ts'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { IfChanged } from '../../if-changed.ts'
import { checkJobStore } from '../../jobs/job-store.ts'
import { syncOrShow } from '../../jobs/sync-tables.ts'
import { checkSideOptions } from '../../side-options.ts'
import {
  checkSides,
  closeSides,
  compareSettings,
  type OpenedSide,
  type OpenTableSide,
  openSide,
  openTarget,
} from '../../sides.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  checkSides(options)
  checkSideOptions(options, [options.a, options.b])
  if (!options.dryRun && !options.yes) checkCanAsk(context)
  if (!options.dryRun) checkJobStore(context)
  const target = await openTarget(context, options)
  let source: OpenedSide | undefined
  try {
    source = await openSide(context, options, options.a)
    const check = options.ifChanged ? await ifChanged(options, context, source, target) : undefined
    if (await check?.isUnchanged()) return EXIT.ok
    if (!options.dryRun) await check?.forget()
    const settings = {
      ...compareSettings(options),
      delete: options.delete,
      allowEmpty: options.allowEmpty,
      maxErrors: options.onError === 'stop' ? 1 : undefined,
      acceptStored: options.acceptStored,
    }
    const code = await syncOrShow(options, context, { source, target, settings })
    if (code === EXIT.ok && !options.dryRun) await check?.remember()
    return code
  } finally {
    await closeSides(source, target)
  }
}

/** What is asked for in other words is another sync. */
function ifChanged(
  { yes: _, dryRun: __, ...options }: Options,
  context: Context,
  source: OpenedSide,
  target: OpenTableSide,
): Promise<IfChanged> {
  return IfChanged.open(context, source, target, options)
}
