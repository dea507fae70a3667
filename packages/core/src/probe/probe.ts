import type { Dialect, DialectInput, Table } from '@chatlayer-tables/contract'
import { CALL, objectWith, type Rules, TEXT } from '../check-options.ts'
import { NotFoundError } from '../errors.ts'
import type { SendOptions } from '../send/sender.ts'
import type { TableContext } from '../table-context.ts'
import type { Tables } from '../tables.ts'
import type { CallOptions } from '../types.ts'
import { Asking, type ReadResult } from './asking.ts'
import { complete, type Finding } from './finding.ts'
import { ENOUGH_RECORDS, probeByReading } from './read-probe.ts'
import { type ProbeRecorder, Trail } from './trail.ts'
import { probeByWriting } from './write-probe.ts'

export interface ProbeOptions extends CallOptions {
  /** Table to read, by name or id (default: one with many columns and some records). */
  readonly table?: string | undefined
  /**
   * A table that may be written to, with two text columns. The probe deletes what it created, also
   * when it is stopped.
   */
  readonly scratchTable?: string | undefined
  /**
   * Receives every exchange and finding. With it the probe asks some questions more, on which no
   * setting depends, and goes on after a response that it did not expect.
   */
  readonly recorder?: ProbeRecorder | undefined
}

export const PROBE: Rules<ProbeOptions> = {
  ...CALL,
  table: TEXT,
  scratchTable: TEXT,
  recorder: objectWith('onExchange', 'onFinding'),
}

/** What `client.probe()` learned of the gateway. */
export interface ProbeReport {
  /** The learned settings, for `createClient({ dialect })` or to keep in a profile. */
  readonly dialect: DialectInput
  /** Every setting, learned or not, with the evidence or why there is none. */
  readonly findings: readonly Finding[]
  /** Name of the table that was read. */
  readonly table: string
  readonly requests: number
}

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
  const trail = new Trail(options.recorder)
  const ask = (table: Table, call: SendOptions): Asking =>
    new Asking(client.contextOf(table.id), table, call, trail)
  const call = { signal, timeoutMs, deadline, onExchange: trail.onExchange }
  trail.requests++
  const tables = await readTables(client, options.table, call)
  const { asking, first } = await chooseTable(tables.map((table) => ask(table, call)))
  const findings = await probeByReading(asking, first, client.dialect)
  if (options.scratchTable !== undefined) {
    const table = await client.tables.find(options.scratchTable, call)
    findings.push(...(await probeByWriting(ask(table, call), ask(table, {}))))
  }
  const all = complete(findings)
  const known = all.filter((finding) => finding.learned !== undefined)
  const dialect = Object.fromEntries(known.map(({ setting, learned }) => [setting, learned]))
  return { dialect, findings: all, table: asking.table.name, requests: trail.requests }
}

/** The tables that may be read: the one that was named, or the widest. */
async function readTables(
  { tables }: Probed,
  table: string | undefined,
  call: SendOptions,
): Promise<Table[]> {
  const all = await tables.read(call)
  if (table !== undefined) return [await tables.find(table, call)]
  return all.toSorted((a, b) => b.columns.length - a.columns.length).slice(0, MAX_TABLES)
}

/** The first table with enough records, or the one with the most. */
async function chooseTable(
  askings: readonly Asking[],
): Promise<{ asking: Asking; first: ReadResult }> {
  let best: { asking: Asking; first: ReadResult } | undefined
  for (const asking of askings) {
    const nothing: ReadResult = { records: [], total: undefined }
    const first = await asking.trail.orElse(nothing, () => asking.page(0))
    if (best === undefined || first.records.length > best.first.records.length) {
      best = { asking, first }
    }
    if (first.records.length >= ENOUGH_RECORDS) break
  }
  if (best !== undefined) return best
  throw new NotFoundError('the bot has no table to probe with', {
    hint: 'Create a table with a few records in the web app, then probe again.',
  })
}
