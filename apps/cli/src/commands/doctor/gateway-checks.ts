/** Checks sign-in, tables and dialect with the client. */
import { dialectSettings } from '@chatlayer-tables/contract'
import {
  AuthenticationError,
  type Client,
  PermissionError,
  type ProbeReport,
  type Table,
} from '@chatlayer-tables/core'
import { type Check, failedBy, ok, skipped } from './check.ts'

/** Time limit of each check. */
const PATIENCE_MS = 30_000
const PROBE_PATIENCE_MS = 120_000

export interface TablesFound {
  readonly checks: readonly Check[]
  readonly tables: readonly Table[] | undefined
}

export async function checkTables(client: Client, signal: AbortSignal): Promise<TablesFound> {
  try {
    const tables = await client.tables.list({ signal, timeoutMs: PATIENCE_MS })
    return { checks: [ok('sign-in', 'the token is accepted'), listed(tables)], tables }
  } catch (error) {
    const refused = error instanceof AuthenticationError || error instanceof PermissionError
    const checks = refused
      ? [failedBy('sign-in', error), skipped('tables', 'not signed in')]
      : [skipped('sign-in', 'unknown'), failedBy('tables', error)]
    return { checks, tables: undefined }
  }
}

const SHOWN = 8

function listed(tables: readonly Table[]): Check {
  if (tables.length === 0) return ok('tables', 'none; create one in the web app')
  const names = tables.slice(0, SHOWN).map(({ name }) => name)
  const more = tables.length > SHOWN ? [`and ${tables.length - SHOWN} more`] : []
  return ok('tables', `${tables.length}: ${[...names, ...more].join(', ')}`)
}

export interface DialectFound {
  readonly check: Check
  readonly report: ProbeReport | undefined
}

/** @param scratchTable table that the probe may write to */
export async function checkDialect(
  client: Client,
  scratchTable: string | undefined,
  signal: AbortSignal,
): Promise<DialectFound> {
  try {
    const report = await client.probe({ signal, scratchTable, timeoutMs: PROBE_PATIENCE_MS })
    const learned = Object.keys(report.dialect).length
    const all = Object.keys(dialectSettings).length
    const found = `${learned} of ${all} settings learned from "${report.table}" with ${report.requests} requests`
    return { check: ok('dialect', found), report }
  } catch (error) {
    return { check: failedBy('dialect', error), report: undefined }
  }
}
