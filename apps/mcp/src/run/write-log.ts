import type { Logger } from '../logger.ts'

/** One line for a write that was carried out: what, where, how many and why; no values. */
export function logWrite(
  log: Logger,
  tool: string,
  { table, note }: { readonly table: string; readonly note?: string | undefined },
  version: string,
  counts: Readonly<Record<string, number>>,
): void {
  const sums = Object.entries(counts).map(([what, count]) => `${what} ${count}`)
  const why = note === undefined ? '' : `; note: ${JSON.stringify(note)}`
  log.info(`${tool} on ${JSON.stringify(table)} (${version}): ${sums.join(', ')}${why}`)
}
