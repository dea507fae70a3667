/** Opens a database or an HTTP API by its address; the libraries of a kind are loaded when it is used. */
import type { AddressKind } from './address.ts'
import type { HttpSettings } from './http/http-settings.ts'
import type { Side } from './side.ts'

/** What to read, and with what. */
export interface SideInput {
  /** See {@link addressKind}; without a password. */
  readonly address: string
  /** An SQL query in place of the table in the address. */
  readonly query?: string | undefined
  /** How an HTTP API is read. */
  readonly http?: HttpSettings | undefined
  /** The password or token of a saved connection, in place of one from the environment. */
  readonly secret?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal | undefined
  /** Called before something is tried again, with what failed. */
  readonly onRetry?: ((reason: string) => void) | undefined
}

type OpenKind = (input: SideInput) => Promise<Side>

const OPENERS: Readonly<Record<AddressKind, () => Promise<OpenKind>>> = {
  postgres: async () => (await import('./postgres/open-postgres.ts')).openPostgres,
  mysql: async () => (await import('./mysql/open-mysql.ts')).openMysql,
  sqlite: async () => (await import('./sqlite/open-sqlite.ts')).openSqlite,
  http: async () => (await import('./http/open-http.ts')).openHttp,
}

/**
 * Opens a side. A database has responded, and the table or query is valid; an HTTP API is first requested
 * when it is read.
 *
 * @param kind of the address
 * @throws InvalidInputError for an invalid address, table or query, SideError when the server cannot
 *   be reached or refuses
 */
export async function openSide(kind: AddressKind, input: SideInput): Promise<Side> {
  const open = await OPENERS[kind]()
  return await open(input)
}
