/** Time limits and settings of connections. */
import { ConfigurationError } from '@chatlayer-tables/core'

/** How long statements wait for a database that went away, in seconds. */
const WAIT_VARIABLE = 'CHATLAYER_STATE_WAIT'
const DEFAULT_WAIT_SECONDS = 30
const MAX_WAIT_SECONDS = 86_400

/**
 * How long statements wait for a database that went away, in milliseconds.
 *
 * @throws ConfigurationError for a wrong value of `CHATLAYER_STATE_WAIT`
 */
export function waitOf(env: Readonly<Record<string, string | undefined>>): number {
  const text = env[WAIT_VARIABLE]?.trim()
  if (!text) return DEFAULT_WAIT_SECONDS * 1_000
  const seconds = /^\d{1,5}(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (seconds <= MAX_WAIT_SECONDS) return seconds * 1_000
  throw new ConfigurationError(
    `${WAIT_VARIABLE} must be a number of seconds, at most ${MAX_WAIT_SECONDS}`,
  )
}

/** A server that gives up sooner than this has a reason that it reports; later, it is not reached. */
const RESPONSE_MARGIN_MS = 5_000

/** The longest time that a statement runs: the slowest are prunings of many rows. */
export const STATEMENT_MS = 20_000

/**
 * A process that stops in the middle of a transaction, such as a laptop that goes to sleep, holds its
 * locks no longer than this.
 */
const IDLE_IN_TRANSACTION_MS = 8_000

/** Long enough that a transaction that stopped has been ended before. */
const LOCK_MS = 12_000

/** How long to wait for a response on this side. */
export function responseLimit(statementMs: number): number {
  return statementMs + RESPONSE_MARGIN_MS
}

/**
 * Prepares a connection. Roles and databases may have other defaults. A commit is durable when it returns,
 * also where the database does not want to wait for its disk: writes to tables rely on it.
 */
export function connectionSettings(schema: string, statementMs: number): string {
  return `set statement_timeout = ${statementMs};
    set lock_timeout = ${Math.min(LOCK_MS, statementMs)};
    set idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MS};
    set default_transaction_isolation = 'read committed';
    set default_transaction_read_only = off;
    set search_path = ${schema}, pg_temp;
    set jit = off;
    select set_config('synchronous_commit', 'on', false)
      where current_setting('synchronous_commit') = 'off'`
}
