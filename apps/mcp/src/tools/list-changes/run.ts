import { parseTableReference } from '@chatlayer-tables/core'
import type { Journal, RecordedChange } from '@chatlayer-tables/journal'
import type { z } from 'zod'
import { type CallContext, defineRun, type RunTool } from '../../call/context.ts'
import { findChangeSet, findChanges } from '../../journal/find-change-set.ts'
import { CHANGE_CELL_LENGTH, shownChange, shownSummary } from '../../journal/shown-changes.ts'
import { connectionOf } from '../../journal/write-journal.ts'
import type { VisibleTable } from '../../policy/policy.ts'
import { redactText } from '../../policy/redact.ts'
import { fitLists } from '../../result/budget.ts'
import { lengthsFrom } from '../../result/cells.ts'
import { readCursor, writeCursor } from '../../result/cursor.ts'
import { ToolError } from '../../result/tool-error.ts'
import { DEFAULT_TOKENS } from '../fields.ts'
import { listChanges } from './definition.ts'
import { readSince } from './since.ts'

type Input = z.output<typeof listChanges.input>

/** The longest possible cursor, for the estimate. */
const CURSOR = writeCursor(Number.MAX_SAFE_INTEGER, '')

export const run: RunTool = defineRun(listChanges, async (input, context) => {
  // Fails if the operator's options name an unknown table or column.
  await context.catalog.visible(context.signal)
  const journal = await context.journal.openRecovered(context.client, context.signal)
  const { change_set: id } = input
  if (id === undefined) return listSets(input, undefined, journal, context)
  const { kind } = await findChanges(journal, id, context)
  return kind === 'job'
    ? listSets(input, id, journal, context)
    : showSet(input, id, journal, context)
})

/** @param job lists only the change sets of this job */
async function listSets(
  input: Input,
  job: string | undefined,
  journal: Journal,
  context: CallContext,
) {
  const { client, catalog, signal } = context
  const { table, since, limit } = input
  const query = [table, since, job ?? null]
  const offset = readCursor(input.cursor, query)
  const wanted = table === undefined ? undefined : await tableOf(table, context)
  const tables = wanted === undefined ? await catalog.visible(signal) : [wanted.visible]
  const filter = {
    tableIds: tables.map((one) => one.table.id),
    version: wanted?.version,
    job,
    since: since === undefined ? undefined : readSince(since),
    connection: connectionOf(client),
  }
  const total = await journal.count(filter)
  const found = await journal.list({ ...filter, limit, offset })
  const sets = found.flatMap((summary) => {
    const visible = tables.find((one) => one.table.id === summary.table.id)
    return visible === undefined ? [] : [shownSummary(summary, visible)]
  })
  const { result } = fitPage({ change_sets: sets }, 'change_sets', offset, total, query)
  return { ...result, change_sets: result.change_sets ?? [] }
}

/** The table that a filter names, and the version if it names one. */
async function tableOf(reference: string, { catalog, signal }: CallContext) {
  const whole = reference.startsWith(':') ? reference : `:${reference}`
  const { table, version } = parseTableReference(whole)
  return { visible: await catalog.find(table, signal), version }
}

async function showSet(input: Input, id: string, journal: Journal, context: CallContext) {
  const { summary, visible } = await findChangeSet(journal, id, context)
  const query = [null, null, id]
  const offset = readCursor(input.cursor, query)
  const { counts } = summary
  const total = Object.values(counts).reduce<number>((sum, count) => sum + count, 0)
  const change_sets = [shownSummary(summary, visible)]
  const found = await journal.changes(id, { offset, limit: input.limit })
  for (const length of lengthsFrom(CHANGE_CELL_LENGTH)) {
    const records = found.map((change) => redactedChange(change, visible, length))
    const page = fitPage({ records }, 'records', offset, total, query, { change_sets })
    if (page.isWhole) return { ...page.result, change_sets }
  }
  throw new ToolError(
    'ANSWER_TOO_LARGE',
    'A record of this change set does not fit into a result.',
    {
      field: 'change_set',
      hint: `The operator can show it: "clt changes show ${id}".`,
    },
  )
}

function redactedChange(change: RecordedChange, visible: VisibleTable, length: number) {
  const { problem, ...rest } = shownChange(change, visible, length)
  if (problem === undefined) return rest
  return { ...rest, problem: redactText(problem, [...visible.hidden]) }
}

/** As many items as fit, but at least one, with the cursor of the next page. */
function fitPage<Name extends string, Item>(
  lists: Readonly<Record<Name, readonly Item[]>>,
  name: Name,
  offset: number,
  total: number,
  query: unknown,
  more: object = {},
) {
  const noticeOf = (shown: number): string =>
    `${shown} of ${total} are shown; next_cursor continues.`
  const counts = { returned: total, total, truncated: true, next_cursor: CURSOR }
  const frame = { notice: noticeOf(total), ...counts, ...more }
  const found = lists[name]
  const fitted = fitLists(frame, { found }, DEFAULT_TOKENS).lists.found
  const items = fitted.length > 0 ? [...fitted] : found.slice(0, 1)
  const next = offset + items.length
  const truncated = next < total && items.length > 0
  const result = {
    notice: truncated ? noticeOf(items.length) : undefined,
    ...({ [name]: items } as Partial<Record<Name, Item[]>>),
    returned: items.length,
    total,
    truncated,
    ...(truncated ? { next_cursor: writeCursor(next, query) } : {}),
  }
  return { result, isWhole: fitted.length > 0 || found.length === 0 }
}
