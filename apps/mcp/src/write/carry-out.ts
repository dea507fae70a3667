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
  /** Whether the write does only the rest of an earlier, equal call that did not end. */
  readonly continues?: boolean | undefined
}

/** The first fields of the result of an executed write. */
type Written<Counts> = Omit<Counts, 'not_sent'> & {
  /** Omitted if 0. */
  readonly not_sent?: number
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

interface Work<Counts, More> {
  readonly counts: Counts
  readonly more: More
  /** Whether a repeated call would have nothing to write (default: yes). */
  readonly isWhole?: boolean | undefined
}

/** Executes a write, records its changes in the journal, and logs tool, table, counts and note, but no values. */
export async function carryOut<Counts extends Readonly<Record<string, number>>, More>(
  { log, journal, client, signal, request, settings, once }: CallContext,
  { tool, table, note, continues = false }: WriteFacts,
  write: () => Promise<Work<Counts, More>>,
): Promise<Done<Counts, More>> {
  const { principal, client: program } = request
  const call = await once?.begin(`${table.definition.id} ${table.version}`, continues)
  const reason = { command: tool, note, client: program, principal, call }
  const recorded = await journal.record(reason, client, signal, write)
  const { result, changeSet } = recorded
  const { counts, more, isWhole = true } = result
  once?.conclude(isWhole)
  logWrite(log, { tool, table, note }, { ...counts }, changeSet)
  const earlier = once?.continues?.changeSets.toReversed() ?? []
  const [last, ...others] = changeSet === undefined ? earlier : [changeSet, ...earlier]
  const named = { ...(last === undefined ? {} : { change_set: last }) }
  return {
    written: { version: table.version, dry_run: false as const, ...shownCounts(counts), ...named },
    more,
    undo: last === undefined ? undefined : undoSentence([last, ...others], settings),
  }
}

function shownCounts<Counts extends Readonly<Record<string, number>>>({
  not_sent = 0,
  ...counts
}: Counts): Omit<Counts, 'not_sent'> & { readonly not_sent?: number } {
  return { ...counts, ...(not_sent > 0 ? { not_sent } : {}) }
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
