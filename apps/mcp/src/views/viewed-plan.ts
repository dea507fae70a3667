/** What a call of a tool would change or has compared, planned again without writing. */
import { canonicalJson } from '@chatlayer-tables/core'
import { type ChangeRow, toCell } from '@chatlayer-tables/views'
import { parseArguments } from '../call/arguments.ts'
import type { CallContext } from '../call/context.ts'
import { ToolError } from '../result/tool-error.ts'
import { compareTables } from '../tools/compare-tables/definition.ts'
import { isConfirmed } from '../tools/define-tool.ts'
import { allowedTools } from '../tools/registry.ts'
import type { PlanSeen } from '../write/guarded-write.ts'
import { totalsOf } from '../write/write-plan.ts'
import { columnsOf } from './cells.ts'
import { NO_COUNTS, previewedRow, problemsOf, type ViewedChanges } from './change-rows.ts'
import type { Call } from './params.ts'

/** Thrown in place of writing or previewing. */
class Planned extends Error {
  readonly seen: PlanSeen

  constructor(seen: PlanSeen) {
    super('planned')
    this.seen = seen
  }
}

/** @throws ToolError for a tool that plans nothing or is not allowed, and as the tool does */
async function viewedCall(call: Call, context: CallContext): Promise<ViewedChanges> {
  const tool = allowedTools(context.settings).find(({ name }) => name === call.tool)
  if (tool?.name === compareTables.name) return viewedComparison(call, context)
  if (tool === undefined || !isConfirmed(tool)) {
    throw new ToolError('NOT_ALLOWED', `No changes of ${JSON.stringify(call.tool)} can be shown.`, {
      field: 'params.call.tool',
    })
  }
  const { run } = await tool.load()
  // Pages of the preview are those of the tool, not of the view.
  const { cursor, ...args } = call.arguments
  try {
    await run(
      { ...args, dry_run: true },
      {
        ...context,
        onPlan: (seen) => {
          throw new Planned(seen)
        },
      },
    )
  } catch (error) {
    if (error instanceof Planned) return viewedPlan(error.seen)
    throw error
  }
  throw new Error(`${tool.name} planned nothing`)
}

function viewedPlan({ table, plan }: PlanSeen): ViewedChanges {
  const { visible, version, definition } = table
  const { inserts, updates, deletes, unchanged } = totalsOf(plan)
  const changes = plan.changes.filter(({ change }) => change !== 'unchanged')
  return {
    facts: {
      title: plan.action,
      facts: plan.matched === undefined ? [] : [['records that match', String(plan.matched)]],
      remarks: ['Nothing was written.', ...(plan.remark === undefined ? [] : [plan.remark])],
      sets: [
        {
          table: definition.name,
          version,
          columns: columnsOf(visible),
          counts: {
            inserted: inserts,
            updated: updates,
            deleted: deletes,
            unchanged,
            rejected: plan.rejected ?? 0,
          },
          rows: changes.length,
          problems: problemsOf(plan.problems ?? []),
          facts: [],
        },
      ],
    },
    rows: async (offset, limit) =>
      changes
        .slice(offset, offset + limit)
        .map((change, index) => previewedRow(change, offset + index, visible)),
  }
}

/** Differences that a view shows; all are counted. */
const MAX_DIFFERENCES = 10_000

async function viewedComparison(call: Call, context: CallContext): Promise<ViewedChanges> {
  const { planComparison, nameOf } = await import('../tools/compare-tables/open-comparison.ts')
  const input = parseArguments(compareTables, call.arguments)
  const { a, b, start } = await planComparison(input, context)
  const { comparison, notice } = await start()
  using compared = comparison
  const { counts, columns } = compared
  const cells = (values: Readonly<Record<string, unknown>>) =>
    columns.map(({ name }) => toCell(Object.hasOwn(values, name) ? values[name] : null))
  const rows: ChangeRow[] = []
  for (const difference of compared.differences()) {
    if (rows.length === MAX_DIFFERENCES) break
    const index = rows.length
    if (difference.change === 'changed') {
      const changed = difference.fields.map((name) => columns.findIndex((one) => one.name === name))
      const [before, after] = [cells(difference.before), cells(difference.after)]
      rows.push({ index, kind: 'updated', ...idOf(difference.a), before, after, changed })
    } else if (difference.change === 'removed') {
      rows.push({ index, kind: 'deleted', ...idOf(difference.a), before: cells(difference.values) })
    } else {
      rows.push({ index, kind: 'inserted', ...idOf(difference.b), after: cells(difference.values) })
    }
  }
  const total = counts.added + counts.changed + counts.removed
  const shown = rows.length < total ? [`The first ${rows.length} of ${total} differences.`] : []
  return {
    facts: {
      title: `compare ${nameOf(a)} with ${nameOf(b)}`,
      facts: [],
      remarks: [...(notice === undefined ? [] : [notice]), ...shown],
      sets: [
        {
          table: b.definition.name,
          version: b.version,
          sides: [nameOf(a), nameOf(b)],
          columns: columns.map(({ name, type }) => ({ name, type })),
          counts: {
            ...NO_COUNTS,
            inserted: counts.added,
            updated: counts.changed,
            deleted: counts.removed,
            unchanged: counts.same,
          },
          rows: rows.length,
          problems: [],
          facts: [],
        },
      ],
    },
    rows: async (offset, limit) => rows.slice(offset, offset + limit),
  }
}

function idOf(place: object): { id?: string } {
  return 'id' in place && typeof place.id === 'string' ? { id: place.id } : {}
}

/** Plans that a view pages through: the same for all of its pages, and not made again for each. */
const MAX_KEPT = 4
const MAX_AGE_MS = 120_000

interface Kept {
  readonly changes: Promise<ViewedChanges>
  readonly at: number
}

const kept = new WeakMap<CallContext['catalog'], Map<string, Kept>>()

/**
 * The same, kept for the next pages of the view.
 *
 * @param isNew plans again, as at the opening of a view
 */
export async function keptCall(
  call: Call,
  context: CallContext,
  isNew: boolean,
): Promise<ViewedChanges> {
  const own = kept.get(context.catalog) ?? new Map<string, Kept>()
  kept.set(context.catalog, own)
  const key = canonicalJson([context.request.principal ?? null, call])
  const found = own.get(key)
  const isFresh = found !== undefined && performance.now() - found.at < MAX_AGE_MS
  if (found !== undefined && isFresh && !isNew) return found.changes
  const changes = viewedCall(call, context)
  own.delete(key)
  own.set(key, { changes, at: performance.now() })
  const [oldest] = own.keys()
  if (own.size > MAX_KEPT && oldest !== undefined) own.delete(oldest)
  changes.catch(() => own.delete(key))
  return changes
}
