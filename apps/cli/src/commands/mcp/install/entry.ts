/** The entry for our server in a client's configuration. */
import type { ClientFacts } from './clients.ts'

const SERVER_PACKAGE = '@chatlayer-tables/mcp'

/** Environment variables of the server; the token only if requested. */
export type Variables = Readonly<Record<string, string>>

export interface EntryOptions {
  readonly platform: NodeJS.Platform
  /** Known connection settings that may be written. */
  readonly variables: Variables
  /** Options of the server, such as `--read-only`. */
  readonly serverArgs: readonly string[]
}

export type Entry = Readonly<Record<string, unknown>>

export function entryFor(
  client: ClientFacts,
  { platform, variables, serverArgs }: EntryOptions,
): Entry {
  const args = ['-y', SERVER_PACKAGE, ...serverArgs]
  return {
    ...client.extra,
    // On Windows npx is a batch file, which clients cannot start directly.
    ...(platform === 'win32'
      ? { command: 'cmd', args: ['/c', 'npx', ...args] }
      : { command: 'npx', args }),
    env: withToken(client, variables),
  }
}

/** Adds a reference to the token, if the client supports references. */
function withToken({ variable }: ClientFacts, variables: Variables): Variables {
  if (variables.CHATLAYER_TOKEN !== undefined || variable === undefined) return variables
  return { CHATLAYER_TOKEN: variable('CHATLAYER_TOKEN'), ...variables }
}
