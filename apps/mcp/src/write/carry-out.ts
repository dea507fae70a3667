/**
 * The one place through which every write goes once it may. What is kept of a write, and what its
 * answer says of that, enters here.
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

/** What every answer to a write that was carried out begins with. */
type Written<Counts> = Counts & {
  readonly version: Version
  readonly dry_run: false
  readonly change_set?: string
}

interface Done<Counts, More> {
  readonly written: Written<Counts>
  readonly more: More
  /** How to take it back; undefined where nothing is kept of it. */
  readonly undo: string | undefined
}

/** Carries a write out, keeps what it changes, and logs it: what, where, how many and why; no values. */
export async function carryOut<Counts extends Readonly<Record<string, number>>, More>(
  { log, journal, client, signal, request, settings }: CallContext,
  { tool, table, note }: WriteFacts,
  write: () => Promise<{ readonly counts: Counts; readonly more: More }>,
): Promise<Done<Counts, More>> {
  const reason = { command: tool, note, client: request.client }
  const kept = await journal.keep(reason, client, signal, write)
  const { result, changeSet } = kept
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
 * What a result says of the change sets that it names.
 *
 * @param ids of change sets or a job, to be undone in this order
 */
export function undoSentence(ids: string | readonly string[], settings: Settings): string {
  const all = typeof ids === 'string' ? [ids] : ids
  return allowedTools(settings).some(({ name }) => name === 'undo_changes')
    ? `To take this back: undo_changes with change_set ${all.map((id) => `"${id}"`).join(', then ')}.`
    : `The operator can take this back: "clt changes undo ${all.join(' ')}".`
}

/** One line for each write that was carried out. */
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
