import type { Values } from '@chatlayer-tables/core'
import type { z } from 'zod'
import { type CallContext, defineRun, type RunTool } from '../../call/context.ts'
import { openTable } from '../../call/open-table.ts'
import { countMatches } from '../../confirm/match-count.ts'
import { storedAsTextNotice } from '../../notices/json-text.ts'
import type { GuardedTable } from '../../policy/guarded-table.ts'
import { fitLists } from '../../result/budget.ts'
import { joinSentences } from '../../result/sentences.ts'
import { carryOut } from '../../write/carry-out.ts'
import { describeWrite, rejectedNotice } from '../../write/describe.ts'
import { guardedWrite } from '../../write/guarded-write.ts'
import { collect, fieldOfRow } from '../../write/outcomes.ts'
import { refusePossibleRepeat } from '../../write/possible-repeat.ts'
import { rowsOf, type WritePlan } from '../../write/write-plan.ts'
import { DEFAULT_TOKENS } from '../fields.ts'
import { checkRows } from './check-rows.ts'
import { insertRecords } from './definition.ts'

type Input = z.output<typeof insertRecords.input>

export const run: RunTool = defineRun(insertRecords, async (input, context) => {
  const table = await openTable(context, input.table, 'write')
  const rows = input.records.map((row, index) =>
    table.checkValues(row, 'fill', `records[${index}]`),
  )
  return guardedWrite(context, input, {
    tool: insertRecords.name,
    table,
    direct: { count: rows.length, deletes: false },
    plan: () => planInsert(rows, table, context),
    async narrow(plan, kept) {
      const rows = rowsOf(plan.valid, plan, kept)
      return { ...(await planInsert(rows, table, context)), rows }
    },
    write: (plan) => write(plan?.rows ?? rows, table, input, context),
  })
})

interface InsertPlan extends WritePlan {
  /** One for each change. */
  readonly valid: readonly Values[]
  /** The rows to write (default: those of the call). */
  readonly rows?: readonly Values[]
}

async function planInsert(
  rows: readonly Values[],
  table: GuardedTable,
  context: CallContext,
): Promise<InsertPlan> {
  const { valid, rejected, problems } = await checkRows(rows, table, context)
  const { changes } = await table.previewInsert(valid)
  return {
    args: { rows },
    valid,
    changes,
    // An inserted row changes the number of records that match it.
    signed: await countMatches(rows, table),
    action: describeWrite('insert', valid.length, table, 'into'),
    rejected,
    problems,
    remark: rejectedNotice(rejected),
  }
}

async function write(
  rows: readonly Values[],
  table: GuardedTable,
  { note }: Input,
  context: CallContext,
) {
  await refusePossibleRepeat(rows, table, context)
  const { written, more, undo } = await carryOut(
    context,
    { tool: insertRecords.name, table, note, continues: true },
    async () => {
      const names = { byPlace: true, field: fieldOfRow }
      const rest = restOf(rows, context)
      const written = table.insert(rest?.rows ?? rows)
      const more = await collect(written, names, context, rows.length, rest)
      const { ok, rejected, unknown, not_sent, isWhole } = more
      return { more, counts: { inserted: ok.size, rejected, unknown, not_sent }, isWhole }
    },
  )
  const { problems, ok } = more
  const remark = joinSentences(storedAsTextNotice(rows, table), more.notice, undo)
  const cut = 'Only the first ids are listed.'
  const frame = { notice: joinSentences(remark, cut), ...written, problems }
  const ids = rows.map((_, index) => ok.get(index)?.id ?? null)
  const { lists } = fitLists(frame, { ids }, DEFAULT_TOKENS)
  const notice = lists.ids.length < ids.length ? frame.notice : remark
  return { ...frame, notice, ids: [...lists.ids] }
}

/** The rows that an equal call before this one did not write; undefined if there was none. */
function restOf(rows: readonly Values[], { once, journal }: CallContext) {
  if (once?.continues === undefined) return undefined
  const earlier = once.earlierRows
  const places = [...rows.keys()].filter((row) => !earlier.has(row))
  journal.setRows(places)
  return { places, earlier, rows: rows.filter((_, row) => !earlier.has(row)) }
}
