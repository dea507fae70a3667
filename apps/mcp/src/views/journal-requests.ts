/** Change sets of the journal, as views may see them. */
import type { ChangeSetSummary } from '@chatlayer-tables/journal'
import type { JournalEntry } from '@chatlayer-tables/views'
import { z } from 'zod'
import { shownSummary } from '../journal/shown-changes.ts'
import { connectionOf } from '../journal/write-journal.ts'
import type { VisibleTable } from '../policy/policy.ts'
import { ToolError } from '../result/tool-error.ts'
import { Limit, Name } from './params.ts'
import { openNamed } from './table-requests.ts'
import { defineRequest, type ViewRequest } from './view-request.ts'

const journal = defineRequest({
  name: 'journal',
  tools: ['list_changes'],
  params: z.strictObject({ table: Name.optional(), after: Name.optional(), limit: Limit }),
  async answer({ table, after, limit }, context) {
    const { catalog, client, signal } = context
    const wanted = table === undefined ? undefined : await openNamed({ table }, context)
    const tables = wanted === undefined ? await catalog.visible(signal) : [wanted.visible]
    const opened = await context.journal.openRecovered(client, signal)
    const offset = offsetOf(after)
    const sets = await opened.list({
      tableIds: tables.map((one) => one.table.id),
      version: table?.includes('@') ? wanted?.version : undefined,
      connection: connectionOf(client),
      limit: limit + 1,
      offset,
    })
    const entries = sets.slice(0, limit).flatMap((summary) => {
      const visible = tables.find((one) => one.table.id === summary.table.id)
      return visible === undefined ? [] : [entryOf(summary, visible)]
    })
    return {
      result: { entries, ...(sets.length > limit ? { next: String(offset + limit) } : {}) },
    }
  },
})

function offsetOf(after: string | undefined): number {
  if (after === undefined) return 0
  if (/^\d{1,9}$/.test(after)) return Number(after)
  throw new ToolError('INVALID_ARGUMENTS', 'Invalid cursor.', { field: 'params.after' })
}

function entryOf(summary: ChangeSetSummary, visible: VisibleTable): JournalEntry {
  const shown = shownSummary(summary, visible)
  const { inserted, updated, deleted, rejected, unknown } = summary.counts
  const { note, undoes, job } = shown
  return {
    changeSet: summary.id,
    at: summary.begunAt,
    table: shown.table,
    version: summary.version,
    who: [shown.tool, shown.client, shown.caller, shown.host]
      .filter((part) => part !== undefined)
      .join(', '),
    ...(note === undefined ? {} : { note }),
    counts: { inserted, updated, deleted, rejected, unknown },
    undone: summary.undone,
    ...(undoes === undefined ? {} : { undoes }),
    ...(job === undefined ? {} : { job }),
    status: summary.status,
  }
}

export const journalRequests: readonly ViewRequest[] = [journal]
