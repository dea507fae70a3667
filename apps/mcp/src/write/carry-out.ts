/**
 * Executes every allowed write: records it in the journal, logs it, and states in the result how to undo
 * it.
 */
import type { Version } from '@chatlayer-tables/core'
import type { CallContext } from '../call/context.ts'
import type { GuardedTable } from '../policy/guarded-table.ts'
import type { Settings } from '../settings.ts'
import type { ToolName } from '../tools/registry.ts'
import { allowedTools } from '../tools/registry.ts'

export interface WriteFacts {
  readonly tool: ToolName
  readonly table: GuardedTable
  readonly note: string | undefined
}

/** The first fields of the result of an executed write. */
type Written<Counts> = Counts & {
  readonly version: Version
  readonly dry_run: false
  readonly change_set?: string
}

interface Done<Counts, More> {
  readonly written: Written<Counts>
  readonly more: More
  /** How to undo the write; undefined without a journal entry. */
  readonly undo: string | undefined
}

/** Executes a write, records its changes in the journal, and logs tool, table, counts and note, but no values. */
export async function carryOut<Counts extends Readonly<Record<string, number>>, More>(
  { log, journal, client, signal, request, settings }: CallContext,
  { tool, table, note }: WriteFacts,
  write: () => Promise<{ readonly counts: Counts; readonly more: More }>,
): Promise<Done<Counts, More>> {
  const reason = { command: tool, note, client: request.client }
  const recorded = await journal.record(reason, client, signal, write)
  const { result, changeSet } = recorded
  const { counts, more } = result
  logWrite(log, { tool, table, note }, { ...counts }, changeSet)
  const named = changeSet === undefined ? {} : { change_set: changeSet }
  return {
    written: { version: table.version, dry_run: false, ...counts, ...named },
    more,
    undo: changeSet === undefined ? undefined : undoSentence(changeSet, settings),
  }
}

/**
 * A sentence on how to undo change sets.
 *
 * @param ids of change sets or of a job, in the order to undo them
 */
export function undoSentence(ids: string | readonly string[], settings: Settings): string {
  const all = typeof ids === 'string' ? [ids] : ids
  return allowedTools(settings).some(({ name }) => name === 'undo_changes')
    ? `To undo: call undo_changes with change_set ${all.map((id) => `"${id}"`).join(', then ')}.`
    : `The operator can undo this: "clt changes undo ${all.join(' ')}".`
}

/** Logs one line for an executed write. */
export function logWrite(
  log: CallContext['log'],
  { tool, table, note }: WriteFacts,
  counts: Readonly<Record<string, number>>,
  changeSet: string | undefined,
): void {
  const sums = Object.entries(counts).map(([what, count]) => `${what} ${count}`)
  const kept = changeSet === undefined ? '' : `; change set ${changeSet}`
  const why = note === undefined ? '' : `; note: ${JSON.stringify(note)}`
  const name = JSON.stringify(table.definition.name)
  log.info(`${tool} on ${name} (${table.version}): ${sums.join(', ')}${kept}${why}`)
}
