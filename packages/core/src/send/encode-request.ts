/** Encodes an operation and its input as an HTTP request. Pure. */
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
import { InvalidInputError } from '../errors.ts'
import type { TransportRequest } from './transport.ts'
import { VERSION } from './version.ts'

export interface EncoderOptions {
  readonly connection: Gateway & { readonly teamId: string; readonly botId: string }
  /** The whole value of the authorization header. */
  readonly authorization: string
  readonly userAgent?: string | undefined
}

export interface Input<K extends OperationId> {
  /** The path parameters that the connection does not set. */
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

/** Paths that are cached; with more tables than this, they are built again. */
const MAX_PATHS = 1000

/**
 * An encoder for one connection. The headers and the path of each table are built once. The input is
 * not validated, which would cost time at 15,000 requests a second; tests check the requests against
 * the strict schemas of the contract.
 */
export function createEncoder(options: EncoderOptions): EncodeRequest {
  const { prefix, teamId, botId } = options.connection
  const base = { teamId, botId }
  const headers = {
    [AUTHORIZATION_HEADER]: options.authorization,
    'user-agent': userAgent(options.userAgent),
    accept: 'application/json',
  }
  const headersWithBody = { ...headers, 'content-type': 'application/json' }
  const paths = new Map<string, string>()

  function path(operation: OperationId, params: Readonly<Record<string, string>>): string {
    let key: string = operation
    for (const name in params) key += ` ${params[name]}`
    const kept = paths.get(key)
    if (kept !== undefined) return kept
    const filled = fill(endpoints[operation].path, { ...base, ...params })
    if (paths.size >= MAX_PATHS) paths.clear()
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
  return suffix === undefined || suffix === '' ? own : `${own} ${suffix}`
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
