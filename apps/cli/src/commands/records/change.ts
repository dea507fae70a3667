/** `records update` and `records delete`: finds the records, previews the change, writes it. */
import type { CallOptions, Outcome, Preview, Table, Where } from '@chatlayer-tables/core'
import { readConditions } from '../../conditions.ts'
import { checkCanAsk, confirmOrThrow } from '../../confirm.ts'
import { type OpenTable, openTableToWrite } from '../../connection.ts'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { checkExpected } from '../../expected.ts'
import { UsageError } from '../../failures.ts'
import type { TableFlags } from '../../options/common.ts'
import type { ExplainFlags, TargetFlags } from '../../options/records.ts'
import type { ExpectFlags, SafetyFlags, StoredFlags } from '../../options/writing.ts'
import { explainQuery } from '../../output/explanation.ts'
import { countOf, showPreview } from '../../output/preview-output.ts'
import { carryOut } from './carry-out.ts'

/** The records to change: those with these IDs, or those that meet a condition. */
export type Target =
  | { readonly ids: readonly string[] }
  | { readonly ids: undefined; readonly where: Where; readonly all: boolean }

export interface PlannedChange {
  readonly verb: string
  readonly done: string
  /** Runs before the others, if something must be read or computed for them. */
  prepare?(): Promise<void>
  /** Said if the preview has no record (default: that none matches). */
  readonly nothing?: string
  preview(): Promise<Preview>
  /** Shows the preview in another form than a table of the changes. */
  show?(context: Pick<Context, 'out' | 'messages' | 'json'>, limit: number): Promise<void>
  write(): AsyncIterable<Outcome<unknown>>
}

type Plan = (
  target: Target,
  table: OpenTable,
  definition: Table,
  call: CallOptions,
) => PlannedChange

type ChangeFlags = TableFlags & SafetyFlags & ExpectFlags & Partial<ExplainFlags & StoredFlags>

/** Shows what would change, asks for confirmation unless `--yes` is passed, and writes. */
export function changeRecords(
  options: ChangeFlags & TargetFlags,
  context: Context,
  plan: Plan,
): Promise<ExitCode> {
  return changeTarget(options, context, readTarget(options), plan)
}

/** The same for records that were chosen otherwise than by {@link TargetFlags}. */
export async function changeTarget(
  options: ChangeFlags,
  context: Context,
  target: Target,
  plan: Plan,
): Promise<ExitCode> {
  if (!options.dryRun && !options.yes && !options.explain) checkCanAsk(context)
  await using table = await openTableToWrite(context, options)
  const call = { signal: context.stop }
  const definition = await table.handle.definition(call)
  if (options.explain) {
    const where = target.ids === undefined ? target.where : { id: { in: target.ids } }
    return await explainQuery(context, table.handle.records({ where }, call))
  }
  const planned = plan(target, table, definition, call)
  await planned.prepare?.()
  const isPreviewed = options.dryRun || !options.yes || options.expect !== undefined
  const preview = isPreviewed ? await planned.preview() : undefined
  if (options.dryRun && preview !== undefined) {
    if (planned.show === undefined) await showPreview(context, preview, definition)
    else await planned.show(context, MAX_LISTED)
    checkExpected(planned.verb, preview.matched, options.expect)
    return EXIT.ok
  }
  if (preview !== undefined) checkExpected(planned.verb, preview.matched, options.expect)
  if (preview?.matched === 0) {
    await context.messages.note(planned.nothing ?? 'No record matches; nothing was changed.')
    return EXIT.ok
  }
  if (!options.yes && preview !== undefined) {
    const asked = { ...context, json: false, out: context.err }
    if (planned.show === undefined) await showPreview(asked, preview, definition, SAMPLE)
    else await planned.show(asked, SAMPLE)
    const what = `${countOf(preview.matched)} of "${definition.name}" (${table.version})`
    await confirmOrThrow(context, `${planned.verb} ${what}?`)
  }
  // Awaited here: the client must stay open until the last row has ended.
  return await carryOut(context, planned.write(), {
    done: planned.done,
    table: definition.name,
    version: table.version,
    acceptStored: options.acceptStored === true,
  })
}

/** Number of changes shown before a confirmation. */
const SAMPLE = 10
/** Number of changes shown by --dry-run. */
const MAX_LISTED = 100

/** @throws UsageError unless exactly one of conditions, --id and --all is passed */
export function readTarget(options: TargetFlags): Target {
  const { id: ids, all } = options
  const where = readConditions(options)
  const selections = [ids.length > 0, where !== undefined, all].filter(Boolean).length
  if (selections > 1) {
    throw new UsageError(
      'conditions (--where, --filter), --id and --all cannot be combined',
      'Pass only one of them.',
    )
  }
  if (selections === 0) {
    throw new UsageError(
      'no records are selected',
      'Pass --where, --filter or --id. For all records of the table, pass --all.',
    )
  }
  return ids.length > 0 ? { ids } : { ids: undefined, where: where ?? {}, all }
}
