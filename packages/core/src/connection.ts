import {
  BaseUrlError,
  basicAuthorization,
  endpoints,
  fillPath,
  type Gateway,
  PathParameterError,
  parseBaseUrl,
  REGION_NAMES,
  type Region,
  regionGateway,
  TokenError,
  VERSIONS,
  type Version,
} from '@chatlayer-tables/contract'
import { ConfigurationError } from './errors.ts'
import { rejectPlaceholder } from './placeholder.ts'

/** Gateway, credentials, and the bot whose tables to use. */
export interface ConnectionOptions {
  /** The access token, one string `username:password`. Kept in memory only and never shown. */
  readonly token: string
  /** One of the vendor's regions; `baseUrl` replaces it. */
  readonly region?: Region | undefined
  /** An origin, with or without the prefix `/api/v1`. https, or http on loopback. */
  readonly baseUrl?: string | undefined
  readonly teamId: string
  readonly botId: string
  /** The version to read and write, unless a table sets another (default: DRAFT). */
  readonly version?: Version | undefined
}

/** A connection without its token, safe to show. */
export interface Connection extends Gateway {
  readonly teamId: string
  readonly botId: string
  readonly version: Version
}

/** @throws ConfigurationError with the option that is missing or wrong, never its secret value */
export function resolveConnection(
  options: {
    readonly [Name in keyof ConnectionOptions]: ConnectionOptions[Name] | undefined
  },
): {
  connection: Connection
  authorization: string
} {
  const { teamId, botId, version = 'DRAFT' } = options
  requireText(teamId, 'teamId')
  requireText(botId, 'botId')
  const gateway = resolveGateway(options)
  checkPath({ teamId, botId })
  return {
    connection: { ...gateway, teamId, botId, version: checkVersion(version) },
    authorization: authorize(options.token),
  }
}

/** @throws ConfigurationError */
function checkVersion(version: Version): Version {
  if (VERSIONS.includes(version)) return version
  throw new ConfigurationError(`version must be ${VERSIONS.join(' or ')}`)
}

/** Rejects an id that cannot be part of a path now, not at the first request. */
function checkPath(ids: { readonly teamId: string; readonly botId: string }): void {
  try {
    fillPath(endpoints.listTables.path, ids)
  } catch (error) {
    if (error instanceof PathParameterError) throw new ConfigurationError(error.message)
    throw error
  }
}

function requireText(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string' || value.trim() === '') {
    throw new ConfigurationError(`${name} is missing`, {
      hint: `Pass ${name}, or set CHATLAYER_${name === 'teamId' ? 'TEAM' : 'BOT'}_ID if you read the environment.`,
    })
  }
}

function resolveGateway({
  region,
  baseUrl,
}: Pick<ConnectionOptions, 'region' | 'baseUrl'>): Gateway {
  if (baseUrl !== undefined) {
    try {
      return parseBaseUrl(baseUrl)
    } catch (error) {
      if (error instanceof BaseUrlError) throw new ConfigurationError(error.message)
      throw error
    }
  }
  if (region === undefined) {
    throw new ConfigurationError('no gateway: a region or a base URL is required', {
      hint: `Pass a region (${REGION_NAMES.join(', ')}) or a base URL.`,
    })
  }
  if (!REGION_NAMES.includes(region)) {
    // The value is not shown: it may be a token that was passed in the wrong place.
    throw new ConfigurationError('there is no such region', {
      hint: `The regions are ${REGION_NAMES.join(', ')}.`,
    })
  }
  return regionGateway(region)
}

function authorize(token: unknown): string {
  if (typeof token !== 'string' || token.trim() === '') {
    throw new ConfigurationError('no access token: a token is required', {
      hint: 'Create one in the web app under Settings > Access tokens, and set CHATLAYER_TOKEN to it.',
    })
  }
  try {
    return basicAuthorization(token)
  } catch (error) {
    if (error instanceof TokenError) throw new ConfigurationError(error.message)
    throw error
  }
}

/** Connection settings from the environment; only those that are set. */
export type PartialConnection = {
  -readonly [K in keyof ConnectionOptions]?: Exclude<ConnectionOptions[K], undefined>
}

/**
 * Reads CHATLAYER_TOKEN, CHATLAYER_REGION, CHATLAYER_BASE_URL, CHATLAYER_TEAM_ID, CHATLAYER_BOT_ID
 * and CHATLAYER_TABLE_VERSION. An empty variable counts as not set.
 *
 * @throws ConfigurationError with the variable whose value is not allowed, or a placeholder that was not
 *   replaced, such as `${env:X}`
 */
export function connectionFromEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): PartialConnection {
  const read = (name: string): string | undefined => {
    const value = env[name]?.trim() || undefined
    if (value !== undefined) rejectPlaceholder(name, value)
    return value
  }
  const oneOf = <T extends string>(
    name: string,
    allowed: readonly T[],
    fold: (s: string) => string,
  ) => {
    const value = read(name)
    if (value === undefined) return undefined
    const found = allowed.find((option) => option === fold(value))
    if (found !== undefined) return found
    throw new ConfigurationError(`${name} must be one of ${allowed.join(', ')}`)
  }
  const found = {
    token: read('CHATLAYER_TOKEN'),
    region: oneOf<Region>('CHATLAYER_REGION', REGION_NAMES, (text) => text.toLowerCase()),
    baseUrl: read('CHATLAYER_BASE_URL'),
    teamId: read('CHATLAYER_TEAM_ID'),
    botId: read('CHATLAYER_BOT_ID'),
    version: oneOf<Version>('CHATLAYER_TABLE_VERSION', VERSIONS, (text) => text.toUpperCase()),
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}
