import type { ChatlayerError, Values } from '@chatlayer-tables/core'
import type { z } from 'zod'
import { type CallContext, defineRun, type RunTool } from '../../call/context.ts'
import { fieldOf, withArgumentNames } from '../../call/errors.ts'
import { openTable } from '../../call/open-table.ts'
import type { GuardedTable, Selection } from '../../policy/guarded-table.ts'
import { joinSentences } from '../../result/sentences.ts'
import { carryOut } from '../../write/carry-out.ts'
import { describeWrite, NO_MATCH, unchangedNotice } from '../../write/describe.ts'
import { guardedWrite } from '../../write/guarded-write.ts'
import { collect } from '../../write/outcomes.ts'
import { selectionOf } from '../../write/selection.ts'
import type { WritePlan } from '../../write/write-plan.ts'
import { updateRecords } from './definition.ts'

type Input = z.output<typeof updateRecords.input>

export const run: RunTool = defineRun(updateRecords, (input, context) =>
  withArgumentNames(setField, () => update(input, context)),
)

async function update(input: Input, context: CallContext) {
  const table = await openTable(context, input.table, 'write')
  const selection = selectionOf(input)
  const set = table.checkValues(input.set, 'compare', 'set')
  const ids = selection.by === 'ids' ? selection.ids : undefined
  return guardedWrite(context, input, {
    tool: updateRecords.name,
    table,
    direct: ids && { count: ids.length, deletes: false },
    plan: () => planUpdate(selection, set, table),
    write: (plan) =>
      plan === undefined
        ? write(ids?.length ?? 0, ids ?? [], set, table, input, context)
        : write(plan.matched, idsOf(plan), set, table, input, context),
  })
}

async function planUpdate(selection: Selection, set: Values, table: GuardedTable) {
  const { matched, counts, changes } = await table.previewUpdate(selection, set)
  return {
    args: { selection, set },
    changes,
    matched,
    action: describeWrite('update', counts.updated, table),
    remark: matched === 0 ? NO_MATCH : unchangedNotice(matched, counts.updated),
  }
}

function idsOf({ changes }: WritePlan): string[] {
  return changes.flatMap(({ change, id }) => (change === 'unchanged' ? [] : (id ?? [])))
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
      const { ok, rejected, unknown } = more
      return { more, counts: { updated: ok.size, rejected, unknown } }
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
