/** `records update` and `records delete`: which records, then what is done to them. */
import type { BulkWrite, CallOptions, Preview, Table, Where } from '@chatlayer-tables/core'
import { readAssignments, readDataObject } from '../../assignments.ts'
import { askToGoOn, checkCanAsk } from '../../confirm.ts'
import { type OpenTable, openTableToWrite } from '../../connection.ts'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { UsageError } from '../../failures.ts'
import type {
  ExplainFlags,
  OptionsOf,
  SafetyFlags,
  StoredFlags,
  TableFlags,
  TargetFlags,
} from '../../invocation.ts'
import { countOf, showPreview } from '../../output/preview-output.ts'
import { carryOut } from './carry-out.ts'
import { explainQuery, readConditions } from './list/run.ts'

export async function updateRecords(
  options: OptionsOf<'records update'>,
  context: Context,
): Promise<ExitCode> {
  const { set, setNull, data } = options
  if (set.length + setNull.length === 0 && data === undefined) {
    throw new UsageError('nothing to set', 'Give --set column=value, --set-null column or --data.')
  }
  return change(options, context, (target, { handle }, definition, call) => {
    const values = {
      ...(data === undefined ? {} : readDataObject(data)),
      ...readAssignments(options, definition.columns),
    }
    return target.ids === undefined
      ? {
          verb: 'Update',
          done: 'updated',
          preview: () => handle.preview.update(target.where, values, { ...call, all: target.all }),
          write: () => handle.update(target.where, values, { ...call, all: target.all }),
        }
      : {
          verb: 'Update',
          done: 'updated',
          preview: () => handle.preview.updateById(target.ids, values, call),
          write: () => handle.updateById(target.ids, values, call),
        }
  })
}

export async function deleteRecords(
  options: OptionsOf<'records delete'>,
  context: Context,
): Promise<ExitCode> {
  return change(options, context, (target, { handle }, _definition, call) =>
    target.ids === undefined
      ? {
          verb: 'Delete',
          done: 'deleted',
          preview: () => handle.preview.delete(target.where, { ...call, all: target.all }),
          write: () => handle.delete(target.where, { ...call, all: target.all }),
        }
      : {
          verb: 'Delete',
          done: 'deleted',
          preview: () => handle.preview.deleteById(target.ids, call),
          write: () => handle.deleteById(target.ids, call),
        },
  )
}

/** The records that a change is for: those with these ids, or those that meet a condition. */
type Target =
  | { readonly ids: readonly string[] }
  | { readonly ids: undefined; readonly where: Where; readonly all: boolean }

interface PlannedChange {
  readonly verb: string
  readonly done: string
  preview(): Promise<Preview>
  write(): BulkWrite<unknown>
}

type Plan = (
  target: Target,
  table: OpenTable,
  definition: Table,
  call: CallOptions,
) => PlannedChange

/** Shows what would change; asks, unless `--yes` was said; changes it. */
async function change(
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
  if (options.dryRun) {
    await showPreview(context, await planned.preview(), definition)
    return EXIT.ok
  }
  if (!options.yes) {
    const preview = await planned.preview()
    if (preview.matched === 0) {
      await context.messages.note('No record matches; nothing was changed.')
      return EXIT.ok
    }
    await showPreview({ ...context, json: false, out: context.err }, preview, definition, SAMPLE)
    const what = `${countOf(preview.matched)} of "${definition.name}" (${table.version})`
    await askToGoOn(context, `${planned.verb} ${what}?`)
  }
  // Awaited here: the client must stay open until the last row has ended.
  return await carryOut(context, planned.write(), {
    done: planned.done,
    table: definition.name,
    version: table.version,
    acceptStored: options.acceptStored === true,
  })
}

/** So many changes are shown before a question. */
const SAMPLE = 10

/** @throws UsageError when nothing says which records, or several things do */
function readTarget(options: TargetFlags): Target {
  const { id: ids, all } = options
  const where = readConditions(options)
  const said = [ids.length > 0, where !== undefined, all].filter(Boolean).length
  if (said > 1) {
    throw new UsageError('give one of: conditions (--where, --filter), --id, --all')
  }
  if (said === 0) {
    throw new UsageError(
      'nothing says which records',
      'Give --where, --filter or --id. Every record of the table: --all.',
    )
  }
  return ids.length > 0 ? { ids } : { ids: undefined, where: where ?? {}, all }
}
