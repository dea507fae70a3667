/**
 * The contract against requests and responses written by hand from what is known of the API. They
 * are the check that does not share the code's guesses: never generate them, never let code fix
 * them.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type * as z from 'zod'
import {
  API_PREFIX,
  type Endpoint,
  endpoints,
  fillPath,
  listStandings,
  type OperationId,
  readErrorBody,
  readResponse,
  TableActionWithNull,
} from '../src/index.ts'

interface Request {
  readonly name: string
  readonly params: Record<string, string>
  readonly query: Record<string, string | number>
  readonly body?: unknown
}

interface Examples {
  readonly operation: OperationId
  readonly requests: readonly (Request & { readonly http: string })[]
  readonly refusedRequests: readonly (Request & {
    /** Where the rejection points: `query.limit`, or the object that holds a key too many. */
    readonly at: string
    readonly because: string
    readonly takenWithNull?: true
  })[]
  /** All of them are read; some are not what was declared. */
  readonly responses: readonly {
    readonly name: string
    readonly body: unknown
    readonly declared: boolean
  }[]
  readonly refusedResponses: readonly {
    readonly name: string
    readonly body: unknown
    readonly at: string
  }[]
}

interface ErrorExample {
  readonly name: string
  readonly body: unknown
  readonly declared: boolean
  readonly read: object
}

const examples = ['list-tables', 'get-table', 'get-table-data', 'perform-table-action']
  .concat('list-customers')
  .map((name) => readExample<Examples>(name))

function readExample<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../examples/${name}.json`, import.meta.url), 'utf8')) as T
}

it('has examples of every operation', () => {
  expect(examples.map(({ operation }) => operation)).toEqual(Object.keys(endpoints))
})

describe.each(examples)('$operation', (example) => {
  const endpoint: Endpoint = endpoints[example.operation]

  describe('requests', () => {
    it.each(example.requests)('$name', ({ http, params, query, body }) => {
      expect(issuesOf(endpoint, { params, query, body })).toEqual([])
      expect(lineOf(endpoint, params, query)).toBe(http)
    })

    it.each(example.refusedRequests)('$name is rejected: $because', (request) => {
      const places = issuesOf(endpoint, request)
      expect(places).toEqual([request.at])
      if (endpoint.body !== undefined) {
        const taken = TableActionWithNull.safeParse(request.body).success
        const fits = endpoint.body.safeParse(request.body).success
        expect(taken).toBe(fits || request.takenWithNull === true)
      }
    })
  })

  describe('responses', () => {
    it.each(example.responses)('$name', ({ body, declared }) => {
      expect(endpoint.response.safeParse(body).success).toBe(declared)
      const read = readResponse(example.operation, body)
      expect(read).toEqual({ ok: true, body })
    })

    it.each(example.refusedResponses)('$name is rejected', ({ body, at }) => {
      expect(endpoint.response.safeParse(body).success).toBe(false)
      const read = readResponse(example.operation, body)
      expect(read.ok ? 'read' : read.misfit.path.join('.')).toBe(at)
    })
  })
})

describe('errors', () => {
  const declared = listStandings().find(({ note }) => note.id === 'ErrorBody')?.schema

  it.each(readExample<ErrorExample[]>('errors'))('$name', (example) => {
    expect(declared?.safeParse(example.body).success).toBe(example.declared)
    expect(readErrorBody(example.body)).toEqual(example.read)
  })
})

/** The places of a request that the schemas refuse. */
function issuesOf(endpoint: Endpoint, { params, query, body }: Omit<Request, 'name'>): string[] {
  const places = (part: string, schema: z.ZodType, value: unknown) =>
    schema.safeParse(value).error?.issues.map(({ path }) => [part, ...path].join('.')) ?? []
  return [
    ...places('params', endpoint.params, params),
    ...places('query', endpoint.query, query),
    ...(endpoint.body === undefined ? [] : places('body', endpoint.body, body)),
  ]
}

function lineOf(
  endpoint: Endpoint,
  params: Record<string, string>,
  query: Record<string, string | number>,
): string {
  const search = Object.entries(query).map(([name, value]) => `${name}=${value}`)
  const path = API_PREFIX + fillPath(endpoint.path, params)
  return `${endpoint.method} ${[path, search.join('&')].filter(Boolean).join('?')}`
}
