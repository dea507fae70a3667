/**
 * The one place through which every write goes once it may. What is kept of a write, and what its
 * answer says of that, enters here.
 */
import type { Version } from '@chatlayer-tables/core'
import type { CallContext } from './context.ts'
import type { GuardedTable } from './policy/guarded-table.ts'

export interface WriteFacts {
  readonly tool: string
  readonly table: GuardedTable
  readonly note: string | undefined
}

/** What every answer to a write that was carried out begins with. */
type Written<Counts> = Counts & { readonly version: Version; readonly dry_run: false }

/** Carries a write out and logs it: what, where, how many and why; no values. */
export async function carryOut<Counts extends Readonly<Record<string, number>>, More>(
  { log }: CallContext,
  { tool, table, note }: WriteFacts,
  write: () => Promise<{ readonly counts: Counts; readonly more: More }>,
): Promise<{ readonly written: Written<Counts>; readonly more: More }> {
  const { counts, more } = await write()
  const sums = Object.entries(counts).map(([what, count]) => `${what} ${count}`)
  const why = note === undefined ? '' : `; note: ${JSON.stringify(note)}`
  const name = JSON.stringify(table.definition.name)
  log.info(`${tool} on ${name} (${table.version}): ${sums.join(', ')}${why}`)
  return { written: { version: table.version, dry_run: false, ...counts }, more }
}
