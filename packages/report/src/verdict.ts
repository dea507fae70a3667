/** Whether a response is as declared, and whether a client reads it. */
import {
  ErrorBody,
  endpoints,
  type OperationId,
  readResponse,
  standingOf,
} from '@chatlayer-tables/contract'
import type * as z from 'zod'
import type { Verdict } from './format.ts'
import { describe } from './shape.ts'

const MAX_MISFITS = 10
/** Records that are compared with the declared schema. */
const MAX_CHECKED = 1_000

/** The schema of a response's body. */
export function schemaOf(operation: OperationId, status: number): z.ZodType {
  return isSuccess(status) ? endpoints[operation].response : ErrorBody
}

function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299
}

/** @param body undefined when it is not JSON */
export function judgeResponse(operation: OperationId, status: number, body: unknown): Verdict {
  const schema = schemaOf(operation, status)
  const { error } = schema.safeParse(shortened(body))
  const misfits = new Map<string, { at: string; expected: string; received: string }>()
  for (const issue of error?.issues ?? []) {
    const misfit = misfitOf(body, issue)
    const anywhere = misfit.at.replace(/\d+/g, '*')
    if (!misfits.has(anywhere) && misfits.size < MAX_MISFITS) misfits.set(anywhere, misfit)
  }
  const declared = misfits.size === 0 ? 'fits' : [...misfits.values()]
  const id = standingOf(schema)?.id ?? null
  return isSuccess(status)
    ? { schema: id, declared, read: reading(operation, body) }
    : { schema: id, declared }
}

function reading(operation: OperationId, body: unknown): NonNullable<Verdict['read']> {
  const read = readResponse(operation, body)
  if (read.ok) return 'fits'
  const { path, expected } = read.misfit
  return { at: path.map(step).join('.'), expected, received: describe(valueAt(body, path)) }
}

function misfitOf(
  body: unknown,
  issue: z.core.$ZodIssue,
): { at: string; expected: string; received: string } {
  return {
    at: issue.path.map(step).join('.'),
    expected: expectedBy(issue),
    received: describe(valueAt(body, issue.path)),
  }
}

function expectedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected
    case 'invalid_format':
      return issue.format
    case 'invalid_union':
      return 'one of several types'
    default:
      return issue.code.replaceAll('_', ' ')
  }
}

/** Schemas of the contract name their fields; the place of a misfit is never below another one. */
function step(key: PropertyKey): string {
  return typeof key === 'symbol' ? '' : String(key)
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  let value = body
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Reflect.get(value, key)
  }
  return value
}

function shortened(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('data' in body)) return body
  return Array.isArray(body.data) ? { ...body, data: body.data.slice(0, MAX_CHECKED) } : body
}
