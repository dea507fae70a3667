/** Reads the parameters of a page's requests strictly. */
import {
  FILTER_OPERATORS,
  REQUEST_NAMES,
  type RequestName,
  type RequestParams,
} from '@chatlayer-tables/views'
import { z } from 'zod'
import { UsageError } from '../failures.ts'

/** Maximum length of names, ids and searched texts. */
const name = z.string().max(1_000)
const text = z.string().max(1_000_000)
const place = z.int().min(0)
const limit = z.int().min(1).max(1_000)
const values = z.record(name, text.nullable())

const changes = { review: name.optional(), changeSet: name.optional() }
const decision = { review: name, note: name.optional(), nonce: name.optional() }

const SCHEMAS: Readonly<Record<RequestName, z.ZodType>> = {
  tables: z.strictObject({}),
  table: z.strictObject({ table: name.optional() }),
  records: z.strictObject({
    table: name.optional(),
    offset: place,
    limit,
    sort: z.strictObject({ column: name, descending: z.boolean() }).optional(),
    filters: z
      .array(
        z.strictObject({
          column: name,
          operator: z.enum(FILTER_OPERATORS),
          value: text.optional(),
        }),
      )
      .max(100),
    search: name.optional(),
  }),
  groups: z.strictObject({}),
  changes: z.strictObject(changes),
  changeRows: z.strictObject({ ...changes, set: place, offset: place, limit }),
  journal: z.strictObject({ table: name.optional(), after: name.optional(), limit }),
  previewUndo: z.strictObject({
    changeSet: name,
    records: z.array(name).min(1).max(100_000).optional(),
  }),
  previewEdit: z.union([
    z.strictObject({ table: name, update: name, set: values }),
    z.strictObject({ table: name, insert: values }),
    z.strictObject({ table: name, delete: z.array(name).min(1).max(100_000) }),
  ]),
  approve: z.strictObject({
    ...decision,
    digest: name,
    ticked: z.array(z.array(place)).optional(),
  }),
  decline: z.strictObject(decision),
  progress: z.strictObject({ review: name, done: place }),
  profile: z.strictObject({ table: name.optional() }),
}

const Call = z.strictObject({ request: z.enum(REQUEST_NAMES), params: z.unknown() })

export interface PageRequest {
  readonly name: RequestName
  readonly params: RequestParams<RequestName>
}

/** @throws UsageError for anything but a request of a page */
export function parsePageRequest(body: string): PageRequest {
  const { request, params } = parse(Call, parseJson(body))
  const read = parse(SCHEMAS[request], params)
  // The schemas are those of the types in `Requests`.
  return { name: request, params: read as RequestParams<RequestName> }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError('the request is not JSON')
  }
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const { data, error } = schema.safeParse(value)
  if (error === undefined) return data as T
  const [issue] = error.issues
  const at = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `
  throw new UsageError(`invalid request: ${at}${issue?.message ?? ''}`)
}
