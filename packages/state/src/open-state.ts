import { LocalState } from './local-state.ts'
import type { OpenStateOptions, State } from './state.ts'

/**
 * Opens the state of a program. A folder is not made before something is kept in it; a database is
 * connected to, and its tables are made or brought up to date, where the role may.
 *
 * @throws StorageError; InvalidInputError for an invalid address
 */
export async function openState(options: OpenStateOptions): Promise<State> {
  const { address, ...others } = options
  if (address === undefined) return new LocalState(options.folder)
  // Programs on one machine need no PostgreSQL.
  const { SharedState } = await import('./shared-state.ts')
  return SharedState.open({ ...others, address })
}
