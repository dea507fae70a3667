import type { Values } from '@chatlayer-tables/core'
import type { z } from 'zod'
import { type CallContext, defineRun, type RunTool } from '../../call/context.ts'
import { openTable } from '../../call/open-table.ts'
import type { PlannedWrite } from '../../confirm/confirmation.ts'
import { countMatches } from '../../confirm/match-count.ts'
import { storedAsTextNotice } from '../../notices/json-text.ts'
import type { GuardedTable } from '../../policy/guarded-table.ts'
import { fitLists } from '../../result/budget.ts'
import { joinSentences } from '../../result/sentences.ts'
import { carryOut } from '../../write/carry-out.ts'
import { collect, fieldOfRow } from '../../write/outcomes.ts'
import {
  describeWrite,
  previewResult,
  rejectedNotice,
  type ShownChange,
  shownChanges,
} from '../../write/preview.ts'
import { DEFAULT_TOKENS } from '../fields.ts'
import { checkRows } from './check-rows.ts'
import { insertRecords } from './definition.ts'

type Input = z.output<typeof insertRecords.input>

export const run: RunTool = defineRun(insertRecords, async (input, context) => {
  const table = await openTable(context, input.table, 'write')
  const rows = input.records.map((row, index) =>
    table.checkValues(row, 'fill', `records[${index}]`),
  )
  const guarded = context.confirmation.mayNeed({ count: rows.length, deletes: false, table })
  const matches = guarded ? await countMatches(rows, table) : undefined
  const planned = (samples: readonly ShownChange[]): PlannedWrite => ({
    tool: insertRecords.name,
    table,
    args: { rows },
    count: rows.length,
    deletes: false,
    data: () => matches,
    action: describeWrite('insert', rows.length, table, 'into'),
    samples,
    note: input.note,
  })
  if (input.dry_run) {
    const { valid, rejected, problems } = await checkRows(rows, table, context)
    const changes = shownChanges(await table.previewInsert(valid), table)
    const facts = { inserted: 0, rejected, problems }
    return previewResult(context, planned(changes), changes, facts, rejectedNotice(rejected))
  }
  const samples = rows.map((after) => ({ change: 'inserted', after }))
  context.confirmation.require(planned(samples), context.request, input.confirm_token)
  return write(rows, table, input, context)
})

async function write(
  rows: readonly Values[],
  table: GuardedTable,
  { note }: Input,
  context: CallContext,
) {
  const { written, more, undo } = await carryOut(
    context,
    { tool: insertRecords.name, table, note },
    async () => {
      const names = { byPlace: true, field: fieldOfRow }
      const more = await collect(table.insert(rows), names, context, rows.length)
      const { ok, rejected, unknown } = more
      return { more, counts: { inserted: ok.size, rejected, unknown } }
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
