import type { Dialect, DialectInput } from '@chatlayer-tables/contract'
import { NotFoundError } from '../errors.ts'
import type { TableContext } from '../table-context.ts'
import type { Tables } from '../tables.ts'
import type { CallOptions } from '../types.ts'
import { Asking } from './asking.ts'
import type { Finding } from './finding.ts'
import { probeByReading } from './read-probe.ts'
import { probeByWriting } from './write-probe.ts'

export interface ProbeOptions extends CallOptions {
  /** The table to read, by name or id; the one with the most columns when left out. */
  readonly table?: string | undefined
  /** A table that may be written to. It is left as it was found. */
  readonly scratchTable?: string | undefined
}

export interface ProbeReport {
  /** What was learned, as a plain object: for `createClient({ dialect })`, or to keep in a profile. */
  readonly dialect: DialectInput
  /** Every setting that was asked for, learned or not, with what was seen. */
  readonly findings: readonly Finding[]
  /** The table that was read, by name. */
  readonly table: string
  readonly requests: number
}

/** What a probe needs of a client. */
export interface Probed {
  readonly dialect: Dialect
  readonly tables: Tables
  contextOf(table: string): TableContext
}

/**
 * Asks the gateway questions whose answers tell its dialect.
 *
 * @throws NotFoundError when the bot has no table to ask with
 */
export async function probe(client: Probed, options: ProbeOptions): Promise<ProbeReport> {
  const { table, scratchTable, ...call } = options
  const definition =
    table === undefined ? await widest(client, call) : await client.tables.get(table, call)
  const reading = new Asking(client.contextOf(definition.id), definition, call)
  const findings = await probeByReading(reading, client.dialect)
  let { requests } = reading
  if (scratchTable !== undefined) {
    const scratch = await client.tables.get(scratchTable, call)
    const writing = new Asking(client.contextOf(scratch.id), scratch, call)
    findings.push(...(await probeByWriting(writing, { ...client.dialect, ...learnedOf(findings) })))
    requests += writing.requests
  }
  return { dialect: learnedOf(findings), findings, table: definition.name, requests }
}

function learnedOf(findings: readonly Finding[]): Partial<Dialect> {
  const known = findings.filter((finding) => finding.learned !== undefined)
  return Object.fromEntries(known.map(({ setting, learned }) => [setting, learned]))
}

async function widest(client: Probed, call: CallOptions) {
  const tables = await client.tables.list(call)
  const [table] = tables.toSorted((a, b) => b.columns.length - a.columns.length)
  if (table !== undefined) return table
  throw new NotFoundError('the bot has no table to probe with', {
    hint: 'Make a table with a few records in the web app, then probe again.',
  })
}
