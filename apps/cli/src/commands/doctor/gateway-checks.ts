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
const TIMEOUT_MS = 30_000
const PROBE_TIMEOUT_MS = 120_000

export interface TablesFound {
  readonly checks: readonly Check[]
  readonly tables: readonly Table[] | undefined
}

export async function checkTables(client: Client, signal: AbortSignal): Promise<TablesFound> {
  try {
    const tables = await client.tables.list({ signal, timeoutMs: TIMEOUT_MS })
    return { checks: [ok('sign-in', 'the token is accepted'), listed(tables)], tables }
  } catch (error) {
    const isRejected = error instanceof AuthenticationError || error instanceof PermissionError
    const checks = isRejected
      ? [failedBy('sign-in', error), skipped('tables', 'not signed in')]
      : [skipped('sign-in', 'unknown'), failedBy('tables', error)]
    return { checks, tables: undefined }
  }
}

const MAX_LISTED_TABLES = 8

function listed(tables: readonly Table[]): Check {
  if (tables.length === 0) return ok('tables', 'none; create one in the web app')
  const names = tables.slice(0, MAX_LISTED_TABLES).map(({ name }) => name)
  const more =
    tables.length > MAX_LISTED_TABLES ? [`and ${tables.length - MAX_LISTED_TABLES} more`] : []
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
    const report = await client.probe({ signal, scratchTable, timeoutMs: PROBE_TIMEOUT_MS })
    return { check: dialectCheck(report), report }
  } catch (error) {
    return { check: failedBy('dialect', error), report: undefined }
  }
}

export function dialectCheck({ dialect, table, requests }: ProbeReport): Check {
  const learned = Object.keys(dialect).length
  const all = Object.keys(dialectSettings).length
  const found = `${learned} of ${all} settings learned from "${table}" with ${requests} requests`
  return ok('dialect', found)
}
