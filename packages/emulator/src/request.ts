/** Validates a request with its endpoint's own schemas. Nothing is ignored. */
import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import {
  type Dialect,
  type Endpoint,
  type ReceivedAction,
  receiveAction,
  TableAction,
  TableActionWithNull,
  tokenOfAuthorization,
} from '@chatlayer-tables/contract'
import { z } from 'zod'
import { badRequest, Rejection } from './errors.ts'

/** The gateway's limit is unknown; this only bounds the emulator's memory. */
const MAX_BODY_BYTES = 16 * 1024 * 1024

/** @throws Rejection 413; Error when the client disconnects before the end of the body */
export function readBody(incoming: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= MAX_BODY_BYTES) chunks.push(chunk)
    })
    incoming.on('end', () => {
      if (size > MAX_BODY_BYTES) reject(new Rejection(413, 'request entity too large'))
      else resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks))
    })
    incoming.on('error', reject)
  })
}

/** @throws Rejection 401 */
export function checkToken(authorization: string | undefined, token: string): void {
  if (tokenOfAuthorization(authorization) !== token) throw new Rejection(401, 'Unauthorized')
}

/**
 * The query, with numbers where the schema requires them.
 *
 * @throws Rejection 400 for an unknown, repeated, missing or invalid parameter
 */
export function parseQuery<S extends z.ZodObject>(search: string, schema: S): z.output<S> {
  const given: Record<string, unknown> = {}
  for (const [name, text] of new URLSearchParams(search)) {
    if (Object.hasOwn(given, name)) throw badRequest(`${name} must not be given more than once`)
    const wanted = schema.shape[name]
    const isNumber = wanted !== undefined && /^-?\d{1,15}$/.test(text) && takesNumber(wanted)
    Object.defineProperty(given, name, {
      value: isNumber ? Number(text) : text,
      enumerable: true,
    })
  }
  return check(schema, given)
}

const numeric = new WeakMap<z.core.$ZodType, boolean>()

function takesNumber(schema: z.core.$ZodType): boolean {
  let takes = numeric.get(schema)
  if (takes === undefined) {
    takes =
      schema instanceof z.ZodOptional ? takesNumber(schema.unwrap()) : schema instanceof z.ZodNumber
    numeric.set(schema, takes)
  }
  return takes
}

/**
 * The body of the action operation; undefined for an operation without one.
 *
 * @throws Rejection 400
 */
export function parseAction(
  endpoint: Endpoint,
  headers: IncomingHttpHeaders,
  body: Buffer,
  dialect: Dialect,
): ReceivedAction | undefined {
  if (endpoint.body === undefined) {
    if (body.length > 0) throw badRequest('this operation takes no body')
    return undefined
  }
  const schema = dialect.nullEncoding === 'json' ? TableActionWithNull : TableAction
  return receiveAction(check(schema, parseJsonBody(headers, body)))
}

/** @throws Rejection 400 */
export function parseJsonBody(headers: IncomingHttpHeaders, body: Buffer): unknown {
  if (!/^application\/json *(?:; *charset="?utf-8"?)?$/i.test(headers['content-type'] ?? '')) {
    throw badRequest('the content type must be application/json')
  }
  if (!isUtf8(body)) throw badRequest('the body is not UTF-8')
  try {
    return JSON.parse(body.toString())
  } catch {
    throw badRequest('the body is not JSON')
  }
}

/** @throws Rejection 400 with one message for each problem */
export function check<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw badRequest(parsed.error.issues.map((issue) => describeIssue(issue, value)))
}

function describeIssue({ path, message }: z.core.$ZodIssue, value: unknown): string {
  if (path.length === 0) return message
  const name = path.join('.')
  const given = path.reduce<unknown>((inner, key) => Object(inner)[key], value)
  return given === undefined ? `${name} is required` : `${name}: ${message}`
}
