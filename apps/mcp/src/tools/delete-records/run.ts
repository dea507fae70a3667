import type { z } from 'zod'
import { type CallContext, defineRun, type RunTool } from '../../call/context.ts'
import { fieldOf } from '../../call/errors.ts'
import { openTable } from '../../call/open-table.ts'
import type { PlannedWrite } from '../../confirm/confirmation.ts'
import type { GuardedTable } from '../../policy/guarded-table.ts'
import { joinSentences } from '../../result/sentences.ts'
import { carryOut } from '../../write/carry-out.ts'
import { collect } from '../../write/outcomes.ts'
import { describeWrite, NO_MATCH, previewResult, shownChanges } from '../../write/preview.ts'
import { selectionOf } from '../../write/selection.ts'
import { deleteRecords } from './definition.ts'

type Input = z.output<typeof deleteRecords.input>

export const run: RunTool = defineRun(deleteRecords, async (input, context) => {
  const table = await openTable(context, input.table, 'write')
  const selection = selectionOf(input)
  const preview = await table.previewDelete(selection)
  const changes = shownChanges(preview, table)
  const { matched } = preview
  const planned: PlannedWrite = {
    tool: deleteRecords.name,
    table,
    args: { selection },
    count: matched,
    deletes: true,
    data: () => preview.changes,
    action: describeWrite('delete', matched, table),
    samples: changes,
    note: input.note,
  }
  if (input.dry_run) {
    const facts = { matched, deleted: 0 }
    return previewResult(context, planned, changes, facts, matched === 0 ? NO_MATCH : undefined)
  }
  context.confirmation.require(planned, context.request, input.confirm_token)
  // By id, so that only previewed records are deleted.
  const ids = changes.flatMap(({ id }) => id ?? [])
  return write(ids, table, input, context)
})

async function write(
  ids: readonly string[],
  table: GuardedTable,
  { note }: Input,
  context: CallContext,
) {
  const { written, more, undo } = await carryOut(
    context,
    { tool: deleteRecords.name, table, note },
    async () => {
      const names = { byPlace: false, field: fieldOf }
      const more = await collect(table.delete(ids), names, context, ids.length)
      const { ok, rejected, unknown, not_sent, isWhole } = more
      return { more, counts: { deleted: ok.size, rejected, unknown, not_sent }, isWhole }
    },
  )
  return {
    ...written,
    matched: ids.length,
    problems: more.problems,
    notice: ids.length === 0 ? NO_MATCH : joinSentences(more.notice, undo),
  }
}
