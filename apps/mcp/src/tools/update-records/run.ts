import type { BulkWrite, ChatlayerError, Values } from '@chatlayer-tables/core'
import type { z } from 'zod'
import { type CallContext, defineRun, type RunTool } from '../../call/context.ts'
import { fieldOf, withArgumentNames } from '../../call/errors.ts'
import { openTable } from '../../call/open-table.ts'
import { storedAsTextNotice } from '../../notices/json-text.ts'
import { unmatchedNotice } from '../../notices/where.ts'
import type { GuardedTable, Selection } from '../../policy/guarded-table.ts'
import { joinSentences } from '../../result/sentences.ts'
import { ToolError } from '../../result/tool-error.ts'
import { carryOut } from '../../write/carry-out.ts'
import { describeWrite, NO_MATCH, unchangedNotice } from '../../write/describe.ts'
import { guardedWrite } from '../../write/guarded-write.ts'
import { collect, continuedNotice } from '../../write/outcomes.ts'
import { selectionOf } from '../../write/selection.ts'
import { keptOf, type WritePlan } from '../../write/write-plan.ts'
import { planComputed } from './computed.ts'
import { updateRecords } from './definition.ts'

type Input = z.output<typeof updateRecords.input>

export const run: RunTool = defineRun(
  updateRecords,
  (input, context) => withArgumentNames(fieldNamer(input), () => update(input, context)),
  {
    isIdempotent: ({ set_sql }) => set_sql === undefined,
    howAgain: 'change the call, such as by parentheses around an expression',
  },
)

async function update(input: Input, context: CallContext) {
  const table = await openTable(context, input.table, 'write')
  const selection = selectionOf(input)
  const { set, set_sql: expressions = {} } = input
  const isComputed = Object.keys(expressions).length > 0
  if (set === undefined && !isComputed) {
    throw new ToolError('INVALID_ARGUMENTS', 'Pass the new values of columns in set.', {
      field: 'set',
      example: updateRecords.example,
    })
  }
  const values = table.checkValues(set ?? {}, 'compare', 'set')
  return isComputed
    ? updateEach(selection, { set: values, expressions }, table, input, context)
    : updateAll(selection, values, table, input, context)
}

/** Writes the same values to all records. */
function updateAll(
  selection: Selection,
  set: Values,
  table: GuardedTable,
  input: Input,
  context: CallContext,
) {
  const ids = selection.by === 'ids' ? selection.ids : undefined
  const writeTo = (matched: number, ids: readonly string[], remark?: string) => {
    const start = () => table.update(ids, set)
    return write({ matched, size: ids.length, remark, start }, table, input, context)
  }
  return guardedWrite(context, input, {
    tool: updateRecords.name,
    table,
    direct: ids && { count: ids.length, deletes: false },
    plan: () => planUpdate(selection, set, table, context),
    narrow: keptOf,
    write: (plan) =>
      plan === undefined
        ? writeTo(ids?.length ?? 0, ids ?? [])
        : writeTo(plan.matched, idsOf(plan), plan.remark),
  })
}

/** Writes to each record the values that are computed from it. */
function updateEach(
  selection: Selection,
  values: Parameters<typeof planComputed>[1],
  table: GuardedTable,
  input: Input,
  context: CallContext,
) {
  // A record that an equal call has written must not be computed from its new values.
  const done = context.once?.earlierIds ?? NONE
  return guardedWrite(context, input, {
    tool: updateRecords.name,
    table,
    plan: () => planComputed(selection, values, done, table, context),
    narrow(plan, kept) {
      const ids = new Set(kept.map(({ id }) => id))
      const updates = plan.updates.filter(({ id }) => ids.has(id))
      return { ...keptOf(plan, kept), updates }
    },
    write: (plan) => {
      const { matched = 0, updates = [], remark } = plan ?? {}
      const start = () => table.updateEach(updates)
      const size = updates.length
      const all = { matched: matched + done.size, size, done, remark, start }
      return write(all, table, input, context)
    },
  })
}

async function planUpdate(
  selection: Selection,
  set: Values,
  table: GuardedTable,
  context: CallContext,
) {
  const { matched, counts, changes } = await table.previewUpdate(selection, set)
  return {
    args: { selection, set },
    changes,
    matched,
    action: describeWrite('update', counts.updated, table),
    remark:
      matched === 0
        ? await unmatchedNotice(table, selection, context)
        : unchangedNotice(matched, counts.updated),
  }
}

function idsOf({ changes }: WritePlan): string[] {
  return changes.flatMap(({ change, id }) => (change === 'unchanged' ? [] : (id ?? [])))
}

const NONE: ReadonlySet<string> = new Set()

interface Write {
  /** Records that were selected, and those among them that change. */
  readonly matched: number
  readonly size: number
  /** Records that an equal call before this one wrote. */
  readonly done?: ReadonlySet<string>
  /** Of the plan. */
  readonly remark: string | undefined
  readonly start: () => BulkWrite<unknown>
}

async function write(
  { matched, size, done = NONE, remark, start }: Write,
  table: GuardedTable,
  input: Input,
  context: CallContext,
) {
  const { set, note } = input
  const { written, more, undo } = await carryOut(
    context,
    { tool: updateRecords.name, table, note, continues: true },
    async () => {
      const names = { byPlace: false, field: fieldNamer(input) }
      const more = await collect(start(), names, context, size)
      const { ok, rejected, unknown, not_sent, isWhole } = more
      return {
        more,
        counts: { updated: ok.size + done.size, rejected, unknown, not_sent },
        isWhole,
      }
    },
  )
  return {
    ...written,
    matched,
    problems: more.problems,
    notice:
      matched === 0
        ? (remark ?? NO_MATCH)
        : joinSentences(
            continuedNotice(done.size, size, context.once?.continues !== undefined),
            unchangedNotice(matched, size + done.size),
            set && storedAsTextNotice([set], table),
            more.notice,
            undo,
          ),
  }
}

/** The client's `values.phone` is `set.phone` or, if an expression computes it, `set_sql.phone`. */
function fieldNamer({ set_sql: expressions = {} }: Input) {
  return (error: ChatlayerError): string | undefined => {
    const field = fieldOf(error)
    const [, column] = /^(?:values|expressions)\.(.+)$/s.exec(field ?? '') ?? []
    if (column !== undefined && Object.hasOwn(expressions, column)) return `set_sql.${column}`
    return field?.replace(/^values/, 'set').replace(/^expressions/, 'set_sql')
  }
}
