/** Connects to a PostgreSQL database that is not a side, by the same addresses and settings. */
import type pg from 'pg'
import { databaseName } from '../database/database-address.ts'
import type { SideInput } from '../open-side.ts'
import { connect } from './connect.ts'
import { postgresAddress } from './settings.ts'

export type ConnectPostgresInput = Pick<SideInput, 'address' | 'env' | 'secret' | 'signal'>

/**
 * The name of a database for messages: its address without parameters.
 *
 * @throws InvalidInputError for an invalid address
 */
export function postgresName({ address, env }: Pick<SideInput, 'address' | 'env'>): string {
  const [parsed] = postgresAddress(address, env)
  return databaseName({ ...parsed, table: undefined })
}

/**
 * Opens one connection. It ends only when its owner ends it.
 *
 * @throws InvalidInputError for an invalid address, SideError when the server cannot be reached or refuses
 */
export async function connectPostgres(input: ConnectPostgresInput): Promise<pg.Client> {
  const { address, env, secret, signal } = input
  const [, settings] = postgresAddress(address, env)
  const context = { name: postgresName(input) }
  const { client } = await connect({ env, secret, signal, settings, context })
  return client
}
