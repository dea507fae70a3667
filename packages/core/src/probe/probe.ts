import type { Dialect, DialectInput, Table } from '@chatlayer-tables/contract'
import { CALL, type Rules, TEXT } from '../check-options.ts'
import { NotFoundError } from '../errors.ts'
import type { SendOptions } from '../send/sender.ts'
import type { TableContext } from '../table-context.ts'
import type { Tables } from '../tables.ts'
import type { CallOptions } from '../types.ts'
import { Asking, type ReadResult } from './asking.ts'
import { complete, type Finding } from './finding.ts'
import { ENOUGH_RECORDS, probeByReading } from './read-probe.ts'
import { probeByWriting } from './write-probe.ts'

export interface ProbeOptions extends CallOptions {
  /** Table to read, by name or id (default: one with many columns and some records). */
  readonly table?: string | undefined
  /**
   * A table that may be written to, with two text columns. The probe deletes what it created, also
   * when it is stopped.
   */
  readonly scratchTable?: string | undefined
}

export interface ProbeReport {
  /** The learned settings, for `createClient({ dialect })` or to keep in a profile. */
  readonly dialect: DialectInput
  /** Every setting, learned or not, with the evidence or why there is none. */
  readonly findings: readonly Finding[]
  /** Name of the table that was read. */
  readonly table: string
  readonly requests: number
}

export const PROBE: Rules<ProbeOptions> = { ...CALL, table: TEXT, scratchTable: TEXT }

/** The parts of a client that a probe needs. */
export interface Probed {
  readonly dialect: Dialect
  readonly tables: Tables
  contextOf(table: string): TableContext
}

/** Tables to search for records, the widest first. */
const MAX_TABLES = 5

/**
 * Sends requests whose results show the gateway's dialect.
 *
 * @throws NotFoundError when the bot has no table to read; InvalidInputError when the scratch table
 *   is not suitable; the errors of a request
 */
export async function probe(client: Probed, options: ProbeOptions): Promise<ProbeReport> {
  const { signal, timeoutMs } = options
  const deadline = performance.now() + (timeoutMs ?? Number.POSITIVE_INFINITY)
  const ask = (table: Table, call: SendOptions): Asking =>
    new Asking(client.contextOf(table.id), table, call)
  const call = { signal, timeoutMs, deadline }
  const reading = (): CallOptions => {
    const left = Math.max(1, deadline - performance.now())
    return { signal, timeoutMs: timeoutMs === undefined ? undefined : left }
  }
  const tables = await client.tables.list(reading())
  const wanted =
    options.table === undefined
      ? tables.toSorted((a, b) => b.columns.length - a.columns.length).slice(0, MAX_TABLES)
      : [await client.tables.definition(options.table, reading())]
  let requests = 1
  let best: { asking: Asking; first: ReadResult } | undefined
  for (const table of wanted) {
    const asking = ask(table, call)
    const first = await asking.page(0)
    requests++
    if (best === undefined || first.records.length > best.first.records.length) {
      best = { asking, first }
    }
    if (first.records.length >= ENOUGH_RECORDS) break
  }
  if (best === undefined) {
    throw new NotFoundError('the bot has no table to probe with', {
      hint: 'Create a table with a few records in the web app, then probe again.',
    })
  }
  const { asking, first } = best
  const findings = await probeByReading(asking, first, client.dialect)
  requests += asking.requests - 1
  if (options.scratchTable !== undefined) {
    const table = await client.tables.definition(options.scratchTable, reading())
    const writing = ask(table, call)
    const cleaning = ask(table, {})
    findings.push(...(await probeByWriting(writing, cleaning)))
    requests += writing.requests + cleaning.requests
  }
  const known = findings.filter((finding) => finding.learned !== undefined)
  const dialect = Object.fromEntries(known.map(({ setting, learned }) => [setting, learned]))
  return { dialect, findings: complete(findings), table: asking.table.name, requests }
}
