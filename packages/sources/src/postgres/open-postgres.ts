/** Opens a PostgreSQL database: a table of it, or a query. */
import { databaseName } from '../database/database-address.ts'
import { checkTarget } from '../database/no-such-table.ts'
import { queryName } from '../database/query-name.ts'
import type { SideInput } from '../open-side.ts'
import type { Side } from '../side.ts'
import { beginReading, type ReadingInput } from './reading.ts'
import { postgresAddress } from './settings.ts'

/** @throws InvalidInputError for an invalid address, table or query, SideError */
export async function openPostgres(input: SideInput): Promise<Side> {
  const { env, secret, query } = input
  const [address, settings] = postgresAddress(input.address, env)
  checkTarget(address.table, query)
  const bare = databaseName({ ...address, table: undefined })
  const reading = (counts: boolean, signal?: AbortSignal): ReadingInput => ({
    counts,
    target: query === undefined ? { table: address.table } : { query },
    connect: {
      env,
      secret,
      settings,
      context: { name: bare },
      signal: anySignal(input.signal, signal),
    },
  })
  await using first = await beginReading(reading(false))
  const { table } = first
  return {
    kind: 'postgres',
    name: query === undefined ? databaseName({ ...address, table }) : queryName(bare, query),
    can: { snapshot: true, unchanged: false },
    read: async (options = {}) => (await beginReading(reading(true, options.signal))).reading,
    // Each reading has a connection of its own.
    async [Symbol.asyncDispose]() {},
  }
}

function anySignal(...signals: readonly (AbortSignal | undefined)[]): AbortSignal | undefined {
  const set = signals.filter((signal) => signal !== undefined)
  return set.length > 1 ? AbortSignal.any(set) : set[0]
}
