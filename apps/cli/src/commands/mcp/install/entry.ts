/** What a client's configuration says of our server. */
import type { ClientFacts } from './clients.ts'

const SERVER_PACKAGE = '@chatlayer-tables/mcp'

/** Names of variables and their values; the token is never among them unless that was asked for. */
export type Variables = Readonly<Record<string, string>>

export interface Wishes {
  readonly platform: NodeJS.Platform
  /** What of the connection is known and may be written down. */
  readonly variables: Variables
  /** For the server's command line, such as `--read-only`. */
  readonly serverArgs: readonly string[]
}

export type Entry = Readonly<Record<string, unknown>>

export function entryFor(client: ClientFacts, { platform, variables, serverArgs }: Wishes): Entry {
  const args = ['-y', SERVER_PACKAGE, ...serverArgs]
  return {
    ...client.extra,
    // On Windows npx is a batch file, which clients cannot start by itself.
    ...(platform === 'win32'
      ? { command: 'cmd', args: ['/c', 'npx', ...args] }
      : { command: 'npx', args }),
    env: withToken(client, variables),
  }
}

/** A reference to the token, where the client's file can hold one. */
function withToken({ variable }: ClientFacts, variables: Variables): Variables {
  if (variables.CHATLAYER_TOKEN !== undefined || variable === undefined) return variables
  return { CHATLAYER_TOKEN: variable('CHATLAYER_TOKEN'), ...variables }
}
