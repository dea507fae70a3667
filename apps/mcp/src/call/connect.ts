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
 * The client for the connection that the environment describes.
 *
 * @throws ConfigurationError naming every variable that is missing, or the one that is wrong
 */
export function connect(
  { env, log }: Setup,
  { onWrite, dialect }: Pick<ClientOptions, 'onWrite' | 'dialect'> = {},
): Client {
  const { token, region, baseUrl, teamId, botId, version } = connectionFromEnvironment(env)
  if (token === undefined || teamId === undefined || botId === undefined || !(region ?? baseUrl)) {
    const missing = [
      token === undefined ? 'CHATLAYER_TOKEN' : undefined,
      region === undefined && baseUrl === undefined ? 'CHATLAYER_REGION' : undefined,
      teamId === undefined ? 'CHATLAYER_TEAM_ID' : undefined,
      botId === undefined ? 'CHATLAYER_BOT_ID' : undefined,
    ].filter((name) => name !== undefined)
    throw new ConfigurationError(`not set: ${missing.join(', ')}`, {
      hint: "Set them in the environment of this server, in the MCP client's configuration, and start it again.",
    })
  }
  return createClient({
    token,
    region,
    baseUrl,
    teamId,
    botId,
    version,
    onWrite,
    dialect,
    logger: log,
    proxyEnvironment: env,
    userAgent: `chatlayer-tables-mcp/${packageVersion()}`,
  })
}
