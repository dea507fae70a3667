import type { ChatlayerError, Values } from '@chatlayer-tables/core'
import type { z } from 'zod'
import { type CallContext, defineRun, type RunTool } from '../../call/context.ts'
import { fieldOf, withArgumentNames } from '../../call/errors.ts'
import { openTable } from '../../call/open-table.ts'
import type { PlannedWrite } from '../../confirm/confirmation.ts'
import type { GuardedTable, Selection } from '../../policy/guarded-table.ts'
import { joinSentences } from '../../result/sentences.ts'
import { carryOut } from '../../write/carry-out.ts'
import { collect } from '../../write/outcomes.ts'
import {
  describeWrite,
  NO_MATCH,
  previewResult,
  shownChanges,
  unchangedNotice,
} from '../../write/preview.ts'
import { selectionOf } from '../../write/selection.ts'
import { updateRecords } from './definition.ts'

type Input = z.output<typeof updateRecords.input>

export const run: RunTool = defineRun(updateRecords, (input, context) =>
  withArgumentNames(setField, () => update(input, context)),
)

async function update(input: Input, context: CallContext) {
  const table = await openTable(context, input.table, 'write')
  const selection = selectionOf(input)
  const set = table.checkValues(input.set, 'compare', 'set')
  const isDirect = !input.dry_run && selection.by === 'ids' && !mayNeed(context, table, selection)
  if (isDirect) return write(selection.ids.length, selection.ids, set, table, input, context)

  const preview = await table.previewUpdate(selection, set)
  const changes = shownChanges(preview, table, Object.keys(set))
  const { matched } = preview
  const planned: PlannedWrite = {
    tool: updateRecords.name,
    table,
    args: { selection, set },
    count: changes.length,
    deletes: false,
    data: () => preview.changes,
    action: describeWrite('update', changes.length, table),
    samples: changes,
    note: input.note,
  }
  if (input.dry_run) {
    const facts = { matched, updated: 0 }
    const remark = matched === 0 ? NO_MATCH : unchangedNotice(matched, changes.length)
    return previewResult(context, planned, changes, facts, remark)
  }
  context.confirmation.require(planned, context.request, input.confirm_token)
  const ids = changes.flatMap(({ id }) => id ?? [])
  return write(matched, ids, set, table, input, context)
}

/** An update by ids needs no preview if it cannot need a confirmation. */
function mayNeed(
  { confirmation }: CallContext,
  table: GuardedTable,
  selection: Selection,
): boolean {
  const count = selection.by === 'ids' ? selection.ids.length : Number.POSITIVE_INFINITY
  return confirmation.mayNeed({ count, deletes: false, table })
}

async function write(
  matched: number,
  ids: readonly string[],
  set: Values,
  table: GuardedTable,
  { note }: Input,
  context: CallContext,
) {
  const { written, more, undo } = await carryOut(
    context,
    { tool: updateRecords.name, table, note },
    async () => {
      const names = { byPlace: false, field: setField }
      const more = await collect(table.update(ids, set), names, context, ids.length)
      const { ok, rejected, unknown, not_sent, isWhole } = more
      return { more, counts: { updated: ok.size, rejected, unknown, not_sent }, isWhole }
    },
  )
  return {
    ...written,
    matched,
    problems: more.problems,
    notice:
      matched === 0
        ? NO_MATCH
        : joinSentences(unchangedNotice(matched, ids.length), more.notice, undo),
  }
}

/** The client's `values.phone` is this tool's `set.phone`. */
function setField(error: ChatlayerError): string | undefined {
  return fieldOf(error)?.replace(/^values/, 'set')
}
