import {
  type Client,
  type ClientOptions,
  ConfigurationError,
  connectionFromEnvironment,
  createClient,
} from '@chatlayer-tables/core'
import type { Setup } from '../session.ts'
import { packageVersion } from '../version.ts'

/**
 * Creates the client for the connection in the environment variables.
 *
 * @throws ConfigurationError naming every missing variable, or the invalid one
 */
export function connect(
  { env, log, state }: Setup,
  { onWrite, hooks, dialect }: Pick<ClientOptions, 'onWrite' | 'hooks' | 'dialect'> = {},
): Client {
  const { token, region, baseUrl, teamId, botId, version } = connectionFromEnvironment(env)
  if (token === undefined || teamId === undefined || botId === undefined || !(region ?? baseUrl)) {
    const missing = [
      token === undefined ? 'CHATLAYER_TOKEN' : undefined,
      region === undefined && baseUrl === undefined ? 'CHATLAYER_REGION' : undefined,
      teamId === undefined ? 'CHATLAYER_TEAM_ID' : undefined,
      botId === undefined ? 'CHATLAYER_BOT_ID' : undefined,
    ].filter((name) => name !== undefined)
    throw new ConfigurationError(`missing connection settings: ${missing.join(', ')}`, {
      hint: "Set them for this server in the MCP client's configuration, then restart the server.",
    })
  }
  const client: Client = createClient({
    token,
    region,
    baseUrl,
    teamId,
    botId,
    version,
    onWrite,
    hooks,
    dialect,
    logger: log,
    proxyEnvironment: env,
    paceSharing: state.pace(() => ({ origin: client.connection.origin, token })),
    userAgent: `chatlayer-tables-mcp/${packageVersion()}`,
  })
  return client
}
