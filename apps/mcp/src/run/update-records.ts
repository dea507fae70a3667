import type { ChatlayerError, PreviewedChange, TableHandle, Values } from '@chatlayer-tables/core'
import type { z } from 'zod'
import { fitItems } from '../answer/budget.ts'
import { UNGUARDED_UPDATES, updateRecords } from '../tools/update-records.ts'
import { requireExpected } from './confirmation.ts'
import { bind, type CallContext } from './context.ts'
import { asValues } from './insert-records.ts'
import { openTable } from './open-table.ts'
import { collect } from './outcomes.ts'
import { joined, NO_MATCH, PREVIEW_TOKENS, previewNotice, unchangedNotice } from './preview.ts'
import { ALL_CHANGES, type Selection, selectionOf, type Targets, targetsOf } from './selection.ts'
import { fieldOf, naming } from './trouble.ts'
import { logWrite } from './write-log.ts'

export const runUpdateRecords = bind(updateRecords, (input, context) =>
  naming(setField, () => update(input, context)),
)

async function update(input: z.output<typeof updateRecords.input>, context: CallContext) {
  const { signal } = context
  const table = openTable(context, input.table, 'write')
  const selection = selectionOf(input)
  const set = asValues(input.set)
  if (input.dry_run) return preview(table, selection, set, signal)

  const { matched, ids } = await find(table, selection, set, signal)
  requireExpected({ action: 'update', matched, expect: input.expect, unguarded: UNGUARDED_UPDATES })
  const { ok, problems, notice, rejected, unknown } = await collect(
    table.updateById(ids, set, { signal }),
    { byPlace: false, field: setField },
    signal,
  )
  const result = { updated: ok.size, rejected, unknown }
  logWrite(context.log, updateRecords.name, input, table.version, result)
  return {
    notice: matched === 0 ? NO_MATCH : joined(unchangedNotice(matched, ids.length), notice),
    version: table.version,
    dry_run: false,
    matched,
    ...result,
    problems,
  }
}

/** A condition is tried out first, so that what is written are the very records that were counted. */
async function find(
  table: TableHandle,
  selection: Selection,
  set: Values,
  signal: AbortSignal,
): Promise<Targets> {
  if (selection.by === 'ids') return { matched: selection.ids.length, ids: selection.ids }
  const options = { ...ALL_CHANGES, signal, all: selection.all }
  return targetsOf(await table.preview.update(selection.where, set, options))
}

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
