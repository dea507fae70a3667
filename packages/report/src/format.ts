/** The file of a report. */
import { endpoints, facts, type OperationId } from '@chatlayer-tables/contract'
import * as z from 'zod'
import type { Json } from './placeholders.ts'

export const REPORT_FORMAT = 1

const OPERATIONS = Object.keys(endpoints) as [OperationId, ...OperationId[]]
const Value: z.ZodType<Json> = z.json()

const Misfit = z.strictObject({
  /** Such as `data.0.createdAt`. */
  at: z.string(),
  expected: z.string(),
  received: z.string(),
})

const Verdict = z.strictObject({
  /** Name of the schema in the contract; null for a response that no schema describes. */
  schema: z.string().nullable(),
  /** Whether the response is as declared. */
  declared: z.union([z.literal('fits'), z.array(Misfit)]),
  /** Whether a client reads it; only for a 2xx. */
  read: z.union([z.literal('fits'), Misfit]).optional(),
})
export type Verdict = z.infer<typeof Verdict>

const Response = z.strictObject({
  status: z.int(),
  headers: z.record(z.string(), z.string()),
  otherHeaders: z.array(z.string()),
  form: z.enum(['json', 'empty', 'html', 'text', 'large']),
  bytes: z.int(),
  body: Value.optional(),
  /** Records that show nothing new are written as their id alone. */
  abbreviated: z.literal(true).optional(),
  /** Number of records at the end that are not written. */
  leftOut: z.int().optional(),
})

export const ReportExchange = z.strictObject({
  number: z.int().min(1),
  /** The same for all attempts of one request. */
  call: z.int().min(1),
  /** Id of the fact that it is to show; `contract` for the form of the response alone. */
  question: z.string(),
  operation: z.enum(OPERATIONS),
  method: z.enum(['GET', 'POST']),
  path: z.string(),
  params: z.record(z.string(), z.string()),
  query: z.record(z.string(), z.union([z.string(), z.number()])),
  request: Value.optional(),
  /** Null when there was none. */
  response: Response.nullable(),
  /** Why there was no response. */
  failure: z.string().optional(),
  verdict: Verdict.optional(),
})
export type ReportExchange = z.infer<typeof ReportExchange>

const FactResult = z.strictObject({
  id: z.enum(facts.map(({ id }) => id)),
  standing: z.enum(['I', 'U']),
  text: z.string(),
  /** An inferred fact is confirmed or contradicted; an unknown one is answered. */
  result: z.enum(['confirmed', 'contradicted', 'answered', 'not seen']),
  /** What the gateway does, such as the value of a dialect setting. */
  found: z.string().optional(),
  evidence: z.string(),
  exchanges: z.array(z.int()),
})
export type FactResult = z.infer<typeof FactResult>

export const Report = z.strictObject({
  report: z.literal(REPORT_FORMAT),
  about: z.string(),
  made: z.strictObject({
    by: z.string(),
    runtime: z.string(),
    platform: z.string(),
    at: z.iso.datetime(),
  }),
  /** One of the vendor's regions, or `custom`. */
  gateway: z.string(),
  version: z.string(),
  /** The tables that were read and written, by their placeholders. */
  tables: z.strictObject({ read: z.string().optional(), scratch: z.string().optional() }),
  /** The code of the error that ended the probe early. */
  failure: z.string().optional(),
  facts: z.array(FactResult),
  dialect: z.record(z.string(), z.union([z.string(), z.number()])),
  unexpectedFields: z.array(
    z.strictObject({
      operation: z.enum(OPERATIONS),
      at: z.string(),
      name: z.string(),
      type: z.string(),
      exchanges: z.array(z.int()),
    }),
  ),
  exchanges: z.array(ReportExchange),
})
export type Report = z.infer<typeof Report>
