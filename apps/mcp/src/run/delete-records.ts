import type { TableHandle } from '@chatlayer-tables/core'
import { fitItems } from '../answer/budget.ts'
import { deleteRecords } from '../tools/delete-records.ts'
import { requireExpected } from './confirmation.ts'
import { bind } from './context.ts'
import { openTable } from './open-table.ts'
import { collect } from './outcomes.ts'
import { NO_MATCH, PREVIEW_TOKENS, previewNotice } from './preview.ts'
import { ALL_CHANGES, type Selection, selectionOf, type Targets, targetsOf } from './selection.ts'
import { fieldOf } from './trouble.ts'
import { logWrite } from './write-log.ts'

/** Every delete must say how many records it expects to remove. */
const UNGUARDED_DELETES = 0

export const runDeleteRecords = bind(deleteRecords, async (input, context) => {
  const { signal } = context
  const table = openTable(context, input.table, 'write')
  const selection = selectionOf(input)
  if (input.dry_run) return preview(table, selection, signal)

  const { matched, ids } = await find(table, selection, signal)
  requireExpected({ action: 'delete', matched, expect: input.expect, unguarded: UNGUARDED_DELETES })
  const { ok, problems, notice, rejected, unknown } = await collect(
    table.deleteById(ids, { signal }),
    {
      byPlace: false,
      field: fieldOf,
    },
    signal,
  )
  const result = { deleted: ok.size, rejected, unknown }
  logWrite(context.log, deleteRecords.name, input, table.version, result)
  return {
    notice: matched === 0 ? NO_MATCH : notice,
    version: table.version,
    dry_run: false,
    matched,
    ...result,
    problems,
  }
})

/** A condition is tried out first, so that what is written are the very records that were counted. */
async function find(
  table: TableHandle,
  selection: Selection,
  signal: AbortSignal,
): Promise<Targets> {
  if (selection.by === 'ids') return { matched: selection.ids.length, ids: selection.ids }
  const options = { ...ALL_CHANGES, signal, all: selection.all }
  return targetsOf(await table.preview.delete(selection.where, options))
}

async function preview(table: TableHandle, selection: Selection, signal: AbortSignal) {
  const { matched, changes } =
    selection.by === 'ids'
      ? await table.preview.deleteById(selection.ids, { signal })
      : await table.preview.delete(selection.where, { signal, all: selection.all })
  const records = changes.map(({ id, before }) => ({ id: id ?? '', before }))
  const { items } = fitItems(records, PREVIEW_TOKENS)
  return {
    notice: previewNotice('delete', {
      matched,
      shown: items.length,
      all: matched,
      needsExpect: true,
    }),
    version: table.version,
    dry_run: true,
    matched,
    deleted: 0,
    rejected: 0,
    unknown: 0,
    problems: [],
    changes: [...items],
  }
}
