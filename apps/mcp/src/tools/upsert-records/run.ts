import type { ChatlayerError } from '@chatlayer-tables/core'
import type { z } from 'zod'
import { type CallContext, defineRun, type RunTool } from '../../call/context.ts'
import { fieldOf, withArgumentNames } from '../../call/errors.ts'
import { openTable } from '../../call/open-table.ts'
import type { PlannedWrite } from '../../confirm/confirmation.ts'
import { joinSentences } from '../../result/sentences.ts'
import { carryOut } from '../../write/carry-out.ts'
import { collect, fieldOfRow, rejectedProblems } from '../../write/outcomes.ts'
import { describeWrite, previewResult, rejectedNotice, shownChanges } from '../../write/preview.ts'
import { lockTable } from '../../write/table-lock.ts'
import { upsertRecords } from './definition.ts'

type Input = z.output<typeof upsertRecords.input>

export const run: RunTool = defineRun(upsertRecords, async (input: Input, context: CallContext) => {
  const table = await openTable(context, input.table, 'write')
  const { key, note } = input
  for (const [index, name] of key.entries()) table.checkColumn(name, 'compare', `key[${index}]`)
  // Equal records are skipped, so every column is compared.
  const rows = input.records.map((row, index) =>
    table.checkValues(row, 'compare', `records[${index}]`),
  )
  const guarded = context.confirmation.mayNeed({ count: rows.length, deletes: false, table })
  if (input.dry_run || guarded) {
    const preview = await withArgumentNames(fieldOfAny, () => table.previewUpsert(rows, key))
    const { inserted, updated, unchanged } = preview.counts
    const rejected = preview.rejectedCount
    const problems = rejectedProblems(preview, context)
    const changes = shownChanges(preview, table)
    const planned: PlannedWrite = {
      tool: upsertRecords.name,
      table,
      args: { rows, key },
      count: changes.length,
      deletes: false,
      data: () => preview.changes,
      action: `${describeWrite('insert or update', changes.length, table)}: ${inserted} new, ${updated} changed`,
      samples: changes,
      note,
    }
    if (input.dry_run) {
      const counted = `${inserted} would be inserted, ${updated} updated, ${unchanged} unchanged.`
      const remark = joinSentences(counted, rejectedNotice(rejected))
      const facts = { inserted: 0, updated: 0, unchanged: 0, rejected, problems }
      return previewResult(context, planned, changes, facts, remark)
    }
    context.confirmation.require(planned, context.request, input.confirm_token)
  }
  const { written, more, undo } = await carryOut(
    context,
    { tool: upsertRecords.name, table, note },
    async () => {
      using _lock = await lockTable(context, table)
      const names = { byPlace: true, field: fieldOfRow }
      const more = await collect(table.upsert(rows, key), names, context, rows.length)
      const changes = [...more.ok.values()].map(({ change }) => change)
      const of = (wanted: string): number => changes.filter((change) => change === wanted).length
      const { rejected, unknown, not_sent, isWhole } = more
      const counts = {
        inserted: of('inserted'),
        updated: of('updated'),
        unchanged: of('unchanged'),
        rejected,
        unknown,
        not_sent,
      }
      return { more, counts, isWhole }
    },
  )
  return { notice: joinSentences(more.notice, undo), ...written, problems: more.problems }
})

/** For errors of a preview, which do not state the row. */
function fieldOfAny(error: ChatlayerError): string | undefined {
  return fieldOf(error)?.replace(/^values/, 'records[…]')
}
