import { Client, type ClientOptions } from './client.ts'
import { type ConnectionOptions, connectionFromEnvironment } from './connection.ts'

/**
 * A client for the connection that an environment sets, such as `process.env`; see {@link
 * connectionFromEnvironment} for the variables.
 *
 * @param options a `version` here replaces the environment's
 * @throws ConfigurationError with what is missing or not allowed, never its value
 */
export function clientFromEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  options: Omit<ClientOptions, Exclude<keyof ConnectionOptions, 'version'>> = {},
): Client {
  const { token = '', teamId = '', botId = '', ...rest } = connectionFromEnvironment(env)
  return new Client({ token, teamId, botId, ...rest, ...options })
}
