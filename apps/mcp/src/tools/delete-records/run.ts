import { defineRun, type RunTool } from '../../call/context.ts'
import { fieldOf } from '../../call/errors.ts'
import { openTable } from '../../call/open-table.ts'
import { unmatchedNotice } from '../../notices/where.ts'
import { joinSentences } from '../../result/sentences.ts'
import { carryOut } from '../../write/carry-out.ts'
import { describeWrite } from '../../write/describe.ts'
import { guardedWrite } from '../../write/guarded-write.ts'
import { collect } from '../../write/outcomes.ts'
import { selectionOf } from '../../write/selection.ts'
import { keptOf, type WritePlan } from '../../write/write-plan.ts'
import { deleteRecords } from './definition.ts'

export const run: RunTool = defineRun(deleteRecords, async (input, context) => {
  const tool = deleteRecords.name
  const table = await openTable(context, input.table, 'write')
  const selection = selectionOf(input)

  async function plan(): Promise<WritePlan> {
    const { matched, changes } = await table.previewDelete(selection)
    return {
      args: { selection },
      changes,
      matched,
      action: describeWrite('delete', matched, table),
      remark: matched === 0 ? await unmatchedNotice(table, selection, context) : undefined,
    }
  }

  /** By id, so that only previewed records are deleted. */
  async function write(confirmed: WritePlan | undefined) {
    const { changes, remark } = confirmed ?? (await plan())
    const ids = changes.flatMap(({ id }) => id ?? [])
    const facts = { tool, table, note: input.note }
    const { written, more, undo } = await carryOut(context, facts, async () => {
      const names = { byPlace: false, field: fieldOf }
      const more = await collect(table.delete(ids), names, context, ids.length)
      const { ok, rejected, unknown, not_sent, isWhole } = more
      return { more, counts: { deleted: ok.size, rejected, unknown, not_sent }, isWhole }
    })
    return {
      ...written,
      matched: ids.length,
      problems: more.problems,
      notice: ids.length === 0 ? remark : joinSentences(more.notice, undo),
    }
  }

  return guardedWrite(context, input, { tool, table, plan, narrow: keptOf, write })
})
