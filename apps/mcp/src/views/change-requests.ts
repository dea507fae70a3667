/** Changes that were written, and those that a call would make, as views may see them. */
import { z } from 'zod'
import type { CallContext } from '../call/context.ts'
import { findChangeSet } from '../journal/find-change-set.ts'
import { shownSummary } from '../journal/shown-changes.ts'
import { allowedTools, TOOLS } from '../tools/registry.ts'
import { columnsOf, fittingRows } from './cells.ts'
import { recordedRow, type ViewedChanges } from './change-rows.ts'
import { hasPage } from './pages.ts'
import { Call, Limit, Name, Offset } from './params.ts'
import { defineRequest, type ViewRequest } from './view-request.ts'
import { keptCall } from './viewed-plan.ts'

/** Tools whose calls change or compare. */
const TOOLS_OF_CHANGES = TOOLS.map(({ name }) => name).filter(
  (name) => hasPage(name) && !['query_records', 'describe_table', 'list_changes'].includes(name),
)

const OfSet = { changeSet: Name }
const OfCall = { call: Call }
const Page = { set: z.literal(0), offset: Offset, limit: Limit }

const changeSet = defineRequest({
  name: 'changes',
  tools: ['list_changes'],
  params: z.strictObject(OfSet),
  answer: async (params, context) => ({
    result: (await viewedSet(params.changeSet, context)).facts,
  }),
})

const changeSetRows = defineRequest({
  name: 'changeRows',
  tools: ['list_changes'],
  params: z.strictObject({ ...OfSet, ...Page }),
  answer: async ({ changeSet: id, offset, limit }, context) =>
    pageOf(await viewedSet(id, context), offset, limit),
})

const callChanges = defineRequest({
  name: 'changes',
  tools: TOOLS_OF_CHANGES,
  params: z.strictObject(OfCall),
  answer: async ({ call }, context) => ({ result: (await keptCall(call, context, true)).facts }),
})

const callRows = defineRequest({
  name: 'changeRows',
  tools: TOOLS_OF_CHANGES,
  params: z.strictObject({ ...OfCall, ...Page }),
  answer: async ({ call, offset, limit }, context) =>
    pageOf(await keptCall(call, context, false), offset, limit),
})

async function pageOf({ rows }: ViewedChanges, offset: number, limit: number) {
  return { result: { rows: fittingRows(await rows(offset, limit)) } }
}

async function viewedSet(id: string, context: CallContext): Promise<ViewedChanges> {
  const { client, signal, settings } = context
  const journal = await context.journal.openRecovered(client, signal)
  const { summary, visible } = await findChangeSet(journal, id, context)
  const { inserted, updated, deleted, rejected, unknown, open } = summary.counts
  const total = Object.values(summary.counts).reduce<number>((sum, count) => sum + count, 0)
  const shown = shownSummary(summary, visible)
  const unsettled = unknown + open
  const canUndo =
    allowedTools(settings).some(({ name }) => name === 'undo_changes') &&
    (summary.version === 'DRAFT' || settings.allowLive) &&
    summary.undone < inserted + updated + deleted
  return {
    facts: {
      title: `changes of "${visible.table.name}" (${summary.version})`,
      facts: [
        ['at', summary.begunAt],
        ['by', [shown.tool, shown.client, shown.caller, shown.host].filter(Boolean).join(', ')],
        ['change set', id],
        ...(shown.note === undefined ? [] : [['note', shown.note] as const]),
        ...(summary.undone === 0 ? [] : [['undone', String(summary.undone)] as const]),
      ],
      remarks:
        unsettled === 0
          ? []
          : [`The outcome of ${unsettled} writes is unknown: check before retrying.`],
      sets: [
        {
          table: visible.table.name,
          version: summary.version,
          columns: columnsOf(visible),
          counts: { inserted, updated, deleted, rejected, unchanged: 0 },
          rows: total,
          problems: [],
          facts: [],
        },
      ],
      ...(canUndo ? { undo: { changeSet: id, canUndoPart: true } } : {}),
    },
    rows: async (offset, limit) => {
      const changes = await journal.changes(id, { offset, limit })
      return changes.map((change) => recordedRow(change, visible))
    },
  }
}

export const changeRequests: readonly ViewRequest[] = [
  changeSet,
  changeSetRows,
  callChanges,
  callRows,
]
