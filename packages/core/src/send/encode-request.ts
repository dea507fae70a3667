/** An operation with its input, made into the request that goes over the wire. Pure. */
import {
  type ActionType,
  AUTHORIZATION_HEADER,
  type EndpointParams,
  type EndpointQuery,
  endpoints,
  fillPath,
  type Gateway,
  type OperationId,
  PathParameterError,
  type TableAction,
} from '@chatlayer-tables/contract'
import { ConfigurationError, InvalidInputError } from '../errors.ts'
import type { TransportRequest } from './transport.ts'
import { VERSION } from './version.ts'

export interface EncoderOptions {
  readonly connection: Gateway & { readonly teamId: string; readonly botId: string }
  /** The whole value of the authorization header. */
  readonly authorization: string
  readonly userAgent?: string | undefined
}

export interface Input<K extends OperationId> {
  /** The path parameters that the connection does not give. */
  readonly params: Readonly<
    Record<Exclude<keyof EndpointParams<K> & string, 'teamId' | 'botId'>, string>
  >
  readonly query: EndpointQuery<K>
  readonly body?: TableAction | undefined
}

export interface EncodedRequest extends TransportRequest {
  /** {@link path} without the API's prefix, for messages. */
  readonly shownPath: string
  readonly action: ActionType | undefined
}

export type EncodeRequest = <K extends OperationId>(operation: K, input: Input<K>) => EncodedRequest

/** How many filled paths are kept; a client that meets more tables than this fills them again. */
const KEPT_PATHS = 1000

/**
 * An encoder for one connection. What does not change between requests is worked out once: the
 * headers, and the path of each table. The input is taken at its type's word; that what leaves
 * satisfies the contract's strict schemas is for the tests to show, not to check 15,000 times a second.
 *
 * @throws ConfigurationError for a user agent that is no header value
 */
export function createEncoder(options: EncoderOptions): EncodeRequest {
  const { prefix, teamId, botId } = options.connection
  const base = { teamId, botId }
  const headers = [
    AUTHORIZATION_HEADER,
    options.authorization,
    'user-agent',
    userAgent(options.userAgent),
    'accept',
    'application/json',
  ]
  const headersWithBody = [...headers, 'content-type', 'application/json']
  const paths = new Map<string, string>()

  function path(operation: OperationId, params: Readonly<Record<string, string>>): string {
    let key: string = operation
    for (const name in params) key += ` ${params[name]}`
    const kept = paths.get(key)
    if (kept !== undefined) return kept
    const filled = fill(endpoints[operation].path, { ...base, ...params })
    if (paths.size >= KEPT_PATHS) paths.clear()
    paths.set(key, filled)
    return filled
  }

  return (operation, input) => {
    const { body } = input
    const shownPath = path(operation, input.params) + queryString(input.query)
    return {
      method: endpoints[operation].method,
      path: prefix + shownPath,
      shownPath,
      headers: body === undefined ? headers : headersWithBody,
      // Every value of an action is a string, so plain JSON loses nothing.
      body: body === undefined ? undefined : JSON.stringify(body),
      action: body?.type,
    }
  }
}

function userAgent(suffix: string | undefined): string {
  const own = `chatlayer-tables-core/${VERSION}`
  if (suffix === undefined || suffix === '') return own
  if (!/^[\x20-\x7e]+$/.test(suffix)) {
    throw new ConfigurationError('userAgent must be printable ASCII')
  }
  return `${own} ${suffix}`
}

function fill(template: string, params: Readonly<Record<string, string>>): string {
  try {
    return fillPath(template, params)
  } catch (error) {
    if (!(error instanceof PathParameterError)) throw error
    throw new InvalidInputError(error.message, { field: error.parameter })
  }
}

function queryString(query: Readonly<Record<string, string | number | undefined>>): string {
  let text = ''
  for (const name in query) {
    const value = query[name]
    if (value === undefined) continue
    const encoded = typeof value === 'number' ? value : encodeURIComponent(value)
    text += `${text === '' ? '?' : '&'}${name}=${encoded}`
  }
  return text
}
