/** `records update` and `records delete`: finds the records, previews the change, writes it. */
import type { BulkWrite, CallOptions, Preview, Table, Where } from '@chatlayer-tables/core'
import { readConditions } from '../../conditions.ts'
import { checkCanAsk, confirmOrThrow } from '../../confirm.ts'
import { type OpenTable, openTableToWrite } from '../../connection.ts'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { UsageError } from '../../failures.ts'
import type { TableFlags } from '../../options/common.ts'
import type { ExplainFlags, TargetFlags } from '../../options/records.ts'
import type { SafetyFlags, StoredFlags } from '../../options/writing.ts'
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
  write(): BulkWrite<unknown>
}

type Plan = (
  target: Target,
  table: OpenTable,
  definition: Table,
  call: CallOptions,
) => PlannedChange

/** Shows what would change, asks for confirmation unless `--yes` is passed, and writes. */
export async function changeRecords(
  options: TableFlags & TargetFlags & SafetyFlags & ExplainFlags & Partial<StoredFlags>,
  context: Context,
  plan: Plan,
): Promise<ExitCode> {
  const target = readTarget(options)
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
  if (options.dryRun) {
    await showPreview(context, await planned.preview(), definition)
    return EXIT.ok
  }
  if (!options.yes) {
    const preview = await planned.preview()
    if (preview.matched === 0) {
      await context.messages.note(planned.nothing ?? 'No record matches; nothing was changed.')
      return EXIT.ok
    }
    await showPreview({ ...context, json: false, out: context.err }, preview, definition, SAMPLE)
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

/** @throws UsageError unless exactly one of conditions, --id and --all is passed */
function readTarget(options: TargetFlags): Target {
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
