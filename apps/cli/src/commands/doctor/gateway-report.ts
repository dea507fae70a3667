/** Makes the report of a gateway, and summarizes it. */
import type { Client } from '@chatlayer-tables/core'
import { MAX_REQUESTS, makeReport, type Report } from '@chatlayer-tables/report'
import type { Context } from '../../context.ts'
import { readVersion } from '../../release.ts'
import { type Check, failedBy, ok, skipped } from './check.ts'
import { type DialectFound, dialectCheck } from './gateway-checks.ts'
import type { ReportFile } from './report-file.ts'

/** Time limit of all requests of a report. */
const TIMEOUT_MS = 300_000

type FactResult = Report['facts'][number]

/** The results of a report, for output. */
export interface ReportSummary {
  readonly file: string
  readonly facts: readonly Pick<FactResult, 'id' | 'standing' | 'result' | 'found' | 'evidence'>[]
  /** Responses that are not as declared, and fields that no schema declares. */
  readonly misfits: number
  readonly unexpectedFields: number
}

interface ReportRequest {
  readonly file: ReportFile
  readonly scratchTable: string | undefined
  /** Why nothing can be learned, if an earlier check has shown that; the report shows the responses. */
  readonly why: string | undefined
}

/**
 * Sends the requests of a report and writes the file, also when they fail.
 *
 * @throws Interrupted after the file was written
 */
export async function reportGateway(
  client: Client,
  { file, scratchTable, why }: ReportRequest,
  { messages, stop }: Context,
): Promise<DialectFound & { readonly reportCheck: Check; readonly summary: ReportSummary }> {
  const writes =
    scratchTable === undefined
      ? ''
      : `, and at most ${MAX_REQUESTS.scratchTable} to the scratch table`
  await messages.note(`a report takes at most ${MAX_REQUESTS.reads} requests that read${writes}`)
  await messages.updateLine('making the report…')
  const { report, probe, error } = await makeReport(client, {
    by: `chatlayer-tables ${readVersion()}`,
    scratchTable,
    signal: stop,
    timeoutMs: TIMEOUT_MS,
  })
  await messages.clearLine()
  await file.write(report)
  await messages.note(`look at ${file.path}, then attach it to an issue of the project`)
  const failedCheck = () =>
    why === undefined ? failedBy('dialect', error) : skipped('dialect', why)
  const check = probe === undefined ? failedCheck() : dialectCheck(probe)
  const { exchanges } = report
  const reportCheck = ok(
    'report',
    `${file.path}: ${exchanges.length} requests with their responses`,
  )
  return { check, report: probe, reportCheck, summary: summaryOf(report, file.path) }
}

function summaryOf({ facts, exchanges, unexpectedFields }: Report, file: string): ReportSummary {
  return {
    file,
    facts: facts.map(({ id, standing, result, found, evidence }) => ({
      id,
      standing,
      result,
      found,
      evidence,
    })),
    misfits: exchanges.filter(({ verdict }) => Array.isArray(verdict?.declared)).length,
    unexpectedFields: unexpectedFields.length,
  }
}
