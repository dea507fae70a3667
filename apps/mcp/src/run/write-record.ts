/**
 * The one place through which every write goes once it may: what is kept of it, and what the answer
 * says of that, enters here.
 */
import type { CallContext } from './context.ts'
import type { GuardedTable } from './policy/guarded-table.ts'

export interface WriteFacts {
  readonly tool: string
  readonly table: GuardedTable
  readonly note: string | undefined
}

/** Carries a write out and logs it: what, where, how many and why; no values. */
export async function carryOut<Counts extends Readonly<Record<string, number>>, More>(
  { log }: CallContext,
  { tool, table, note }: WriteFacts,
  write: () => Promise<{ readonly counts: Counts } & More>,
): Promise<{ readonly counts: Counts } & More> {
  const done = await write()
  const sums = Object.entries(done.counts).map(([what, count]) => `${what} ${count}`)
  const why = note === undefined ? '' : `; note: ${JSON.stringify(note)}`
  const name = JSON.stringify(table.definition.name)
  log.info(`${tool} on ${name} (${table.version}): ${sums.join(', ')}${why}`)
  return done
}
