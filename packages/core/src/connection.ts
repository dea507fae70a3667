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

/** Where to sign in, as whom, and which bot's tables to work on. */
export interface ConnectionOptions {
  /** The access token, one string `username:password`. Kept in memory only, shown nowhere. */
  readonly token: string
  /** One of the vendor's regions; `baseUrl` takes its place. */
  readonly region?: Region | undefined
  /** An origin, with or without the prefix `/api/v1`. https, or http on loopback. */
  readonly baseUrl?: string | undefined
  readonly teamId: string
  readonly botId: string
  /** The version that reads and writes go to unless a table says otherwise. DRAFT when left out. */
  readonly version?: Version | undefined
}

/** A connection as it may be shown: everything but the token. */
export interface Connection extends Gateway {
  readonly teamId: string
  readonly botId: string
  readonly version: Version
}

/** @throws ConfigurationError naming the option that is missing or wrong, never its secret value */
export function resolveConnection(options: ConnectionOptions): {
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
export function checkVersion(version: Version): Version {
  if (VERSIONS.includes(version)) return version
  throw new ConfigurationError(`version must be ${VERSIONS.join(' or ')}`)
}

/** An id that no path can hold is told here, not at the first request. */
function checkPath(ids: { readonly teamId: string; readonly botId: string }): void {
  try {
    fillPath(endpoints.listTables.path, ids)
  } catch (error) {
    if (error instanceof PathParameterError) throw new ConfigurationError(error.message)
    throw error
  }
}

function requireText(value: unknown, name: string): void {
  if (typeof value !== 'string' || value.trim() === '') {
    throw new ConfigurationError(`${name} is missing`, {
      hint: `Give ${name}, or set CHATLAYER_${name === 'teamId' ? 'TEAM' : 'BOT'}_ID where the environment is read.`,
    })
  }
}

function resolveGateway({ region, baseUrl }: ConnectionOptions): Gateway {
  if (baseUrl !== undefined) {
    try {
      return parseBaseUrl(baseUrl)
    } catch (error) {
      if (error instanceof BaseUrlError) throw new ConfigurationError(error.message)
      throw error
    }
  }
  if (region === undefined) {
    throw new ConfigurationError('no gateway: neither a region nor a base URL is given', {
      hint: `Give a region (${REGION_NAMES.join(', ')}) or a base URL.`,
    })
  }
  if (!REGION_NAMES.includes(region)) {
    // The value is not repeated: a token given in the wrong place would be shown.
    throw new ConfigurationError('there is no such region', {
      hint: `The regions are ${REGION_NAMES.join(', ')}.`,
    })
  }
  return regionGateway(region)
}

function authorize(token: unknown): string {
  if (typeof token !== 'string' || token.trim() === '') {
    throw new ConfigurationError('no access token is given', {
      hint: 'Make one in the web app under Settings > Access tokens, and set CHATLAYER_TOKEN to it.',
    })
  }
  try {
    return basicAuthorization(token)
  } catch (error) {
    if (error instanceof TokenError) throw new ConfigurationError(error.message)
    throw error
  }
}

/** What the environment says of a connection; only what is set is there. */
export type PartialConnection = {
  -readonly [K in keyof ConnectionOptions]?: Exclude<ConnectionOptions[K], undefined>
}

/**
 * Reads CHATLAYER_TOKEN, CHATLAYER_REGION, CHATLAYER_BASE_URL, CHATLAYER_TEAM_ID, CHATLAYER_BOT_ID
 * and CHATLAYER_TABLE_VERSION. An empty variable counts as not set.
 *
 * @throws ConfigurationError naming the variable whose value is none of the allowed ones
 */
export function connectionFromEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): PartialConnection {
  const read = (name: string): string | undefined => env[name]?.trim() || undefined
  const oneOf = <T extends string>(
    name: string,
    allowed: readonly T[],
    fold: (s: string) => string,
  ) => {
    const value = read(name)
    if (value === undefined) return undefined
    const found = allowed.find((option) => option === fold(value))
    if (found !== undefined) return found
    throw new ConfigurationError(`${name} is none of ${allowed.join(', ')}`)
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
