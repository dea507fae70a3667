import {
  previewSync,
  type SyncOptions,
  type SyncSettings,
  syncTables,
} from '@chatlayer-tables/transfer'
import { checkCanAsk, confirmOrThrow } from '../../confirm.ts'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { checkJobStore, jobStore } from '../../jobs/job-store.ts'
import { runSync } from '../../jobs/run-sync.ts'
import { SyncOutput, writesText } from '../../jobs/sync-output.ts'
import {
  asSource,
  checkSides,
  closeSides,
  compareSettings,
  connectionOf,
  nameOf,
  type OpenedSide,
  type OpenTableSide,
  openSide,
  openTarget,
} from '../../sides.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  checkSides(options)
  if (!options.dryRun && !options.yes) checkCanAsk(context)
  if (!options.dryRun) checkJobStore(context)
  const target = await openTarget(context, options)
  let source: OpenedSide | undefined
  try {
    source = await openSide(context, options, options.a)
    return await (options.dryRun
      ? showPlan(options, context, source, target)
      : carryOut(options, context, source, target))
  } finally {
    await closeSides(source, target)
  }
}

async function showPlan(
  options: Options,
  context: Context,
  source: OpenedSide,
  target: OpenTableSide,
): Promise<ExitCode> {
  const output = new SyncOutput(context)
  using plan = await previewSync({
    ...inputs(options, source, target),
    stop: context.stop,
    onProgress: (progress) => output.progress(progress),
  })
  await output.plan(plan, context.out, Number.POSITIVE_INFINITY)
  return EXIT.ok
}

/** Number of changes shown before a confirmation. */
const SAMPLE = 10

function carryOut(
  options: Options,
  context: Context,
  source: OpenedSide,
  target: OpenTableSide,
): Promise<ExitCode> {
  const profileOf = (side: OpenedSide) => (side.kind === 'table' ? side.profile : undefined)
  const { client } = target.open
  return runSync(context, { ...options, client, handle: target.handle }, (run, output) =>
    syncTables({
      ...run,
      ...inputs(options, source, target),
      store: jobStore(context),
      profiles: { source: profileOf(source), target: profileOf(target) },
      async onPlan(plan) {
        // A confirmation shows the changes, also under --quiet.
        await output.plan(plan, context.err, options.yes && context.quiet ? 0 : SAMPLE)
        const { inserts, updates, deletes, b } = plan
        if (options.yes || inserts + updates + deletes === 0) return
        const table = b.kind === 'table' ? `"${b.name}" (${b.version})` : nameOf(b)
        await confirmOrThrow(context, `Write ${writesText(plan)} to ${table}?`)
      },
    }),
  )
}

function inputs(
  options: Options,
  source: OpenedSide,
  { open, handle }: OpenTableSide,
): Pick<SyncOptions, 'source' | 'table' | 'connection' | 'settings'> {
  const settings: SyncSettings = {
    ...compareSettings(options),
    delete: options.delete,
    allowEmpty: options.allowEmpty,
    maxErrors: options.onError === 'stop' ? 1 : undefined,
    acceptStored: options.acceptStored,
  }
  return { source: asSource(source), table: handle, connection: connectionOf(open), settings }
}
