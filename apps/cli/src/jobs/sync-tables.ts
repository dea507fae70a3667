/** Shows or carries out a sync of opened sides: for `clt sync` and `clt records copy`. */
import {
  previewSync,
  type SyncPlan,
  type SyncSettings,
  syncTables,
} from '@chatlayer-tables/transfer'
import { confirmOrThrow } from '../confirm.ts'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { LockFlags, SafetyFlags, StoredFlags } from '../options/writing.ts'
import { asSource, connectionOf, nameOf, type OpenedSide, type OpenTableSide } from '../sides.ts'
import { jobStore } from './job-store.ts'
import { runSync } from './run-sync.ts'
import { SyncOutput, writesText } from './sync-output.ts'

export interface SyncCommand {
  readonly source: OpenedSide
  readonly target: OpenTableSide
  readonly settings: SyncSettings
  /** Throws if the plan must not be carried out. */
  readonly check?: (plan: SyncPlan) => void
}

export async function syncOrShow(
  options: SafetyFlags & LockFlags & StoredFlags,
  context: Context,
  command: SyncCommand,
): Promise<ExitCode> {
  return options.dryRun
    ? await showPlan(context, command)
    : await carryOut(options, context, command)
}

async function showPlan(context: Context, command: SyncCommand): Promise<ExitCode> {
  const output = new SyncOutput(context)
  using plan = await previewSync({
    ...inputs(command),
    stop: context.stop,
    onProgress: (progress) => output.progress(progress),
  })
  command.check?.(plan)
  await output.plan(plan, context.out, Number.POSITIVE_INFINITY)
  return EXIT.ok
}

/** Number of changes shown before a confirmation. */
const SAMPLE = 10

async function carryOut(
  options: SafetyFlags & LockFlags & StoredFlags,
  context: Context,
  command: SyncCommand,
): Promise<ExitCode> {
  const profileOf = (side: OpenedSide) => (side.kind === 'table' ? side.profile : undefined)
  const { source, target } = command
  const { client } = target.open
  const store = await jobStore(context)
  return await runSync(context, { ...options, client, handle: target.handle }, (run, output) =>
    syncTables({
      ...run,
      ...inputs(command),
      store,
      profiles: { source: profileOf(source), target: profileOf(target) },
      async onPlan(plan) {
        command.check?.(plan)
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

function inputs({ source, target: { open, handle }, settings }: SyncCommand) {
  return { source: asSource(source), table: handle, connection: connectionOf(open), settings }
}
