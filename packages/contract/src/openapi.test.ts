import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { Dialect } from './dialect.ts'
import { endpoints } from './endpoints.ts'
import { buildOpenApi } from './openapi.ts'
import { listStandings } from './standing.ts'

const Standing = z.enum(['D', 'T', 'S', 'I', 'U'])

const Body = z.strictObject({
  'application/json': z.strictObject({ schema: z.looseObject({}) }),
})

const Operation = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  'x-standing': Standing,
  parameters: z.array(
    z.looseObject({
      name: z.string(),
      in: z.enum(['path', 'query']),
      required: z.boolean(),
      schema: z.looseObject({}),
    }),
  ),
  requestBody: z.strictObject({ required: z.literal(true), content: Body }).optional(),
  responses: z.record(
    z.string().regex(/^\d{3}$/),
    z.looseObject({ description: z.string(), content: Body }),
  ),
})

/** What a reader of the document relies on; the rest of OpenAPI is let through. */
const Document = z.looseObject({
  openapi: z.literal('3.1.0'),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  servers: z.array(z.looseObject({ url: z.url() })).length(4),
  paths: z.record(z.string().startsWith('/'), z.partialRecord(z.enum(['get', 'post']), Operation)),
  components: z.looseObject({
    schemas: z.record(
      z.string(),
      z.looseObject({ 'x-standing': Standing, 'x-because': z.string() }),
    ),
    securitySchemes: z.strictObject({
      accessToken: z.looseObject({ type: z.literal('http'), scheme: z.literal('basic') }),
    }),
  }),
  'x-assumptions': z.array(z.strictObject({ standing: Standing, text: z.string() })),
  'x-dialect': z.array(z.looseObject({ name: z.string(), standing: Standing, about: z.string() })),
})

const built = buildOpenApi()
const document = Document.parse(built)
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
)

describe('the OpenAPI document', () => {
  it('is JSON', () => {
    expect(JSON.parse(JSON.stringify(built))).toEqual(built)
  })

  it('has the five operations', () => {
    expect(operations.map(({ operationId }) => operationId)).toEqual(Object.keys(endpoints))
  })

  it.each(operations)('$operationId: every parameter of the path is described', (operation) => {
    const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
    const described = operation.parameters.filter((parameter) => parameter.in === 'path')
    expect(described.map(({ name }) => name)).toEqual(inPath)
    expect(described.every(({ required }) => required)).toBe(true)
  })

  it('states what a query takes', () => {
    const data = operations.find(({ operationId }) => operationId === 'getTableData')
    expect(data?.parameters.filter((parameter) => parameter.in === 'query')).toEqual([
      {
        name: 'version',
        in: 'query',
        required: true,
        schema: { $ref: '#/components/schemas/Version' },
      },
      {
        name: 'limit',
        in: 'query',
        required: false,
        schema: { type: 'integer', minimum: 1, maximum: 100, default: 100 },
      },
      {
        name: 'offset',
        in: 'query',
        required: false,
        schema: { type: 'integer', minimum: 0, default: 0 },
      },
    ])
  })

  it('has every stated schema with its standing', () => {
    const standings = Object.entries(document.components.schemas).map(
      ([id, schema]) => `${id} ${schema['x-standing']}`,
    )
    const expected = listStandings().map(({ note }) => `${note.id} ${note.standing}`)
    expect(standings).toEqual(expected.toSorted())
  })

  it('has references that resolve, and uses every schema', () => {
    const references = new Set(findReferences(built))
    expect(references.size).toBeGreaterThan(10)
    for (const reference of references) expect(resolve(reference)).toBeDefined()
    const named = Object.keys(document.components.schemas)
    expect([...references].map((reference) => reference.split('/').at(-1)).toSorted()).toEqual(
      named.toSorted(),
    )
  })

  it('has every setting of the dialect', () => {
    expect(document['x-dialect'].map(({ name }) => name)).toEqual(Object.keys(Dialect.shape))
  })
})

function findReferences(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' ? [String(inner)] : findReferences(inner),
  )
}

function resolve(reference: string): unknown {
  expect(reference).toMatch(/^#\//)
  let value: unknown = built
  for (const step of reference.slice(2).split('/')) {
    value = (value as Record<string, unknown> | undefined)?.[step]
  }
  return value
}
