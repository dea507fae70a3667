/** Makes a report of a gateway. */
import { REGION_NAMES, REGIONS } from '@chatlayer-tables/contract'
import { ChatlayerError, type Client, type ProbeReport } from '@chatlayer-tables/core'
import { REPORT_FORMAT, type Report } from './format.ts'
import { dialectOf, judgeFacts } from './judge.ts'
import { Placeholders } from './placeholders.ts'
import { Recorder } from './recorder.ts'

export interface ReportOptions {
  /** The program and its version, such as `chatlayer-tables 1.2.0`. */
  readonly by: string
  /** Table to read (default: one with many columns and some records). */
  readonly table?: string | undefined
  /** Table to write to; what is written is deleted. */
  readonly scratchTable?: string | undefined
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
}

export interface MadeReport {
  readonly report: Report
  /** Why the probe ended early; the report holds what was seen until then. */
  readonly error: unknown
  /** What was learned, if the probe did not end early. */
  readonly probe: ProbeReport | undefined
}

/** The most requests of a report, without retries. Only a scratch table is written to. */
export const MAX_REQUESTS = { reads: 50, scratchTable: 70 } as const

const ABOUT =
  'What this gateway showed of the facts that the API’s documentation does not state. Names, ids, values and messages are replaced; the same value has the same placeholder.'

/** Sends the requests of a probe, reads alone without a scratch table, and reports what they show. */
export async function makeReport(client: Client, options: ReportOptions): Promise<MadeReport> {
  const { by, table, scratchTable, signal, timeoutMs } = options
  const { origin, version } = client.connection
  const placeholders = new Placeholders()
  const recorder = new Recorder(placeholders)
  let probe: ProbeReport | undefined
  let error: unknown
  try {
    probe = await client.probe({ table, scratchTable, recorder, signal, timeoutMs })
  } catch (thrown) {
    error = thrown
  }
  const named = { read: probe?.table ?? table, scratch: scratchTable }
  const masked = Object.entries(named).flatMap(([use, name]) =>
    name === undefined ? [] : [[use, placeholders.table(name)] as const],
  )
  const exchanges = recorder.exchanges()
  const facts = judgeFacts(exchanges, recorder.findings)
  const report: Report = {
    report: REPORT_FORMAT,
    about: ABOUT,
    made: {
      by,
      runtime: `Node ${process.versions.node}`,
      platform: `${process.platform} ${process.arch}`,
      at: new Date().toISOString(),
    },
    gateway: REGION_NAMES.find((region) => REGIONS[region].origin === origin) ?? 'custom',
    version,
    tables: Object.fromEntries(
      masked.map(([use, name]) => [use, typeof name === 'string' ? name : String(name.write())]),
    ),
    ...(error !== undefined && { failure: codeOf(error) }),
    facts,
    dialect: dialectOf(recorder.findings),
    unexpectedFields: recorder.unexpectedFields(),
    exchanges,
  }
  return { report, error, probe }
}

/** Responses show the rest. */
function codeOf(error: unknown): string {
  return error instanceof ChatlayerError ? error.code : 'INTERRUPTED'
}
