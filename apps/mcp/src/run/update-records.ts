import type { ChatlayerError, PreviewedChange, TableHandle, Values } from '@chatlayer-tables/core'
import { fitItems } from '../answer/budget.ts'
import { UNGUARDED_UPDATES, updateRecords } from '../tools/update-records.ts'
import { requireExpected } from './confirmation.ts'
import { bind } from './context.ts'
import { asValues } from './insert-records.ts'
import { openTable } from './open-table.ts'
import { collect } from './outcomes.ts'
import { NO_MATCH, PREVIEW_TOKENS, previewNotice } from './preview.ts'
import { type Selection, selectedIds, selectionOf } from './selection.ts'
import { fieldOf } from './trouble.ts'
import { logWrite } from './write-log.ts'

export const runUpdateRecords = bind(updateRecords, async (input, context) => {
  const { signal } = context
  const table = openTable(context, input.table, 'write')
  const selection = selectionOf(input)
  const set = asValues(input.set)
  if (input.dry_run) return preview(table, selection, set, signal)

  const ids = await selectedIds(table, selection, signal)
  const matched = ids.length
  requireExpected({ action: 'update', matched, expect: input.expect, unguarded: UNGUARDED_UPDATES })
  const { ok, problems, notice, rejected, unknown } = await collect(
    table.updateById(ids, set, { signal }),
    { byPlace: false, field: setField },
  )
  const result = { updated: ok.size, rejected, unknown }
  logWrite(context.log, updateRecords.name, input, table.version, result)
  return {
    notice: matched === 0 ? NO_MATCH : notice,
    version: table.version,
    dry_run: false,
    matched,
    ...result,
    problems,
  }
})

async function preview(table: TableHandle, selection: Selection, set: Values, signal: AbortSignal) {
  const { matched, changes, counts } =
    selection.by === 'ids'
      ? await table.preview.updateById(selection.ids, set, { signal })
      : await table.preview.update(selection.where, set, { signal, all: selection.all })
  const columns = Object.keys(set)
  const differing = changes
    .filter(({ change }) => change === 'updated')
    .map(({ id, before, after }: PreviewedChange) => ({
      id: id ?? '',
      before: pick(before, columns),
      after: pick(after, columns),
    }))
  const { items } = fitItems(differing, PREVIEW_TOKENS)
  const needsExpect = matched > UNGUARDED_UPDATES
  return {
    notice: previewNotice('update', {
      matched,
      shown: items.length,
      all: counts.updated,
      needsExpect,
    }),
    version: table.version,
    dry_run: true,
    matched,
    updated: 0,
    rejected: 0,
    unknown: 0,
    problems: [],
    changes: [...items],
  }
}

function pick(values: Values | undefined, columns: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    columns.map((column) => [
      column,
      values !== undefined && Object.hasOwn(values, column) ? values[column] : null,
    ]),
  )
}

/** The client's `values.phone` is this tool's `set.phone`. */
function setField(error: ChatlayerError): string | undefined {
  return fieldOf(error)?.replace(/^values/, 'set')
}
