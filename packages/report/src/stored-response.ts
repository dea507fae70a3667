/** Reads the bodies of a report's exchanges again. */
import {
  type EndpointResponse,
  endpoints,
  type OperationId,
  readResponse,
} from '@chatlayer-tables/contract'
import type { ReportExchange } from './format.ts'
import type { Json } from './placeholders.ts'
import { judgeResponse } from './verdict.ts'

/**
 * The body with all its records: what is written as an id becomes a record like the one before, what is
 * left out becomes copies of the last.
 */
export function wholeBody({ response }: ReportExchange): Json | undefined {
  const { body, abbreviated, leftOut = 0 } = response ?? {}
  if (!isObject(body) || (abbreviated !== true && leftOut === 0)) return body
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => [
      key,
      isList(value) ? expand(value, leftOut) : value,
    ]),
  )
}

function expand(list: readonly Json[], leftOut: number): Json[] {
  const whole: Json[] = []
  let model: Json = {}
  for (const item of list) {
    if (isObject(item)) model = item
    whole.push(typeof item === 'string' && isObject(model) ? { ...model, id: item } : item)
  }
  const last = whole.at(-1)
  return last === undefined ? whole : [...whole, ...new Array<Json>(leftOut).fill(last)]
}

/** The response of a 2xx as a client reads it; undefined for any other, and for one that does not fit. */
export function responseOf<K extends OperationId>(
  exchange: ReportExchange,
  operation: K,
): EndpointResponse<K> | undefined {
  const { response } = exchange
  if (exchange.operation !== operation || response === null) return undefined
  if (response.status < 200 || response.status > 299) return undefined
  const isEmptyWrite = response.form === 'empty' && endpoints[operation].writes !== 'never'
  const read = readResponse(operation, isEmptyWrite ? {} : wholeBody(exchange))
  return read.ok ? read.body : undefined
}

/** What the contract says of the response now. */
export function verdictOf(exchange: ReportExchange): ReportExchange['verdict'] {
  const { operation, request, response } = exchange
  if (response === null) return undefined
  const isEmptyWrite = response.form === 'empty' && request !== undefined
  const body = response.form === 'json' ? wholeBody(exchange) : isEmptyWrite ? {} : undefined
  return judgeResponse(operation, response.status, body)
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
