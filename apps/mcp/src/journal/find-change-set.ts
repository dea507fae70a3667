import { InvalidInputError, NotFoundError } from '@chatlayer-tables/core'
import type { ChangeSetSummary, Journal } from '@chatlayer-tables/journal'
import type { CallContext } from '../call/context.ts'
import type { VisibleTable } from '../policy/policy.ts'
import { ToolError } from '../result/tool-error.ts'
import { connectionOf } from './write-journal.ts'

/** A change set that the caller may see, and its table. */
export interface VisibleChangeSet {
  readonly summary: ChangeSetSummary
  readonly visible: VisibleTable
}

/**
 * Finds a change set by id. A change set of another bot or of a hidden table counts as missing.
 *
 * @throws ToolError with the same words in all these cases
 */
export async function findChangeSet(
  journal: Journal,
  id: string,
  { client, catalog, signal }: CallContext,
): Promise<VisibleChangeSet> {
  const tables = await catalog.visible(signal)
  const summary = await lookUp(journal, id)
  const visible = tables.find(({ table }) => table.id === summary?.table.id)
  if (summary === undefined || visible === undefined) throw noSuch(id)
  const [own, its] = [connectionOf(client), summary.connection]
  const isOwn = own.origin === its.origin && own.teamId === its.teamId && own.botId === its.botId
  if (!isOwn) throw noSuch(id)
  return { summary, visible }
}

/** A change set, or all change sets of a job, that the caller may see, and their table. */
export interface VisibleChanges {
  readonly kind: 'changeSet' | 'job'
  readonly id: string
  /** At least one; newest first. */
  readonly summaries: readonly [ChangeSetSummary, ...ChangeSetSummary[]]
  readonly visible: VisibleTable
}

/**
 * Finds a change set, or the change sets of a job, by id.
 *
 * @throws ToolError as {@link findChangeSet} does, also if any change set of a job is hidden; and for a
 *   job that wrote to several tables
 */
export async function findChanges(
  journal: Journal,
  id: string,
  context: CallContext,
): Promise<VisibleChanges> {
  const [first, ...others] =
    (await lookUp(journal, id)) === undefined ? await journal.ofJob(id) : []
  if (first === undefined) {
    const { summary, visible } = await findChangeSet(journal, id, context)
    return { kind: 'changeSet', id, summaries: [summary], visible }
  }
  try {
    const { visible } = await findChangeSet(journal, first.id, context)
    for (const { id: other } of others) await findChangeSet(journal, other, context)
    const isOther = ({ table, version }: ChangeSetSummary) =>
      table.id !== first.table.id || version !== first.version
    if (others.some(isOther)) throw severalTables(id, [first, ...others])
    return { kind: 'job', id, summaries: [first, ...others], visible }
  } catch (error) {
    if (error instanceof ToolError && error.code === 'NOT_FOUND') throw noSuch(id)
    throw error
  }
}

function severalTables(job: string, summaries: readonly ChangeSetSummary[]): ToolError {
  const text = `The job ${JSON.stringify(job)} wrote to several tables.`
  return new ToolError('INVALID_ARGUMENTS', text, {
    field: 'change_set',
    hint: `Undo its change sets, in this order: ${summaries.map(({ id }) => id).join(', ')}.`,
  })
}

/** Finds a change set by its whole id: a prefix could reveal ids that the caller may not see. */
async function lookUp(journal: Journal, id: string): Promise<ChangeSetSummary | undefined> {
  try {
    const summary = await journal.show(id)
    return summary.id === id ? summary : undefined
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof InvalidInputError) return undefined
    throw error
  }
}

function noSuch(id: string): ToolError {
  return new ToolError('NOT_FOUND', `There is no change set ${JSON.stringify(id)}.`, {
    field: 'change_set',
    hint: 'Call list_changes for the existing change sets; old ones are deleted.',
  })
}
