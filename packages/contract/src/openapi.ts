/** The contract as an OpenAPI 3.1 document; each schema and operation carries its standing. */
import * as z from 'zod'
import { Dialect, dialectSettings } from './dialect.ts'
import { type Endpoint, endpoints } from './endpoints.ts'
import { assumptions } from './facts.ts'
import { API_PREFIX, REGIONS } from './regions.ts'
import { listStandings, standingOf } from './standing.ts'

type Json = { [key: string]: unknown }

/** Builds the document from the contract alone. */
export function buildOpenApi(): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Chatlayer Tables API, as far as it is known',
      version: '1',
      description:
        'Generated from packages/contract. x-standing states how certain each part is: D documented by the vendor, T transcribed by a third party, S seen in reports of the gateway, I inferred, U unknown.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: Object.values(REGIONS).map(({ title, origin }) => ({
      url: origin + API_PREFIX,
      description: title,
    })),
    security: [{ accessToken: [] }],
    paths: buildPaths(),
    components: {
      securitySchemes: {
        accessToken: {
          type: 'http',
          scheme: 'basic',
          description: 'The access token is one string, username:password.',
          'x-standing': 'D',
        },
      },
      schemas: describeSchemas(),
    },
    'x-assumptions': assumptions.map(({ standing, text }) => ({ standing, text })),
    'x-dialect': describeDialect(),
  }
}

/** Sorted by name, since the order of declaration depends on how modules are loaded. */
function describeSchemas(): Json {
  const entries = listStandings().map(({ schema, note }) => [
    note.id,
    {
      ...toJsonSchema(schema, false),
      'x-standing': note.standing,
      'x-because': note.because,
    },
  ])
  return Object.fromEntries(entries.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)))
}

function buildPaths(): Json {
  const paths: Record<string, Json> = {}
  for (const [operationId, endpoint] of Object.entries<Endpoint>(endpoints)) {
    const operation: Json = {
      operationId,
      summary: endpoint.summary,
      'x-standing': endpoint.standing,
      parameters: [
        ...describeParameters(endpoint.params, 'path'),
        ...describeParameters(endpoint.query, 'query'),
      ],
      ...(endpoint.body && {
        requestBody: { required: true, content: jsonContent(endpoint.body) },
      }),
      responses: Object.fromEntries(
        endpoint.statuses.map((status) => [
          String(status),
          status === 200
            ? { description: 'OK', content: jsonContent(endpoint.response) }
            : { description: STATUS_TEXT[status] ?? 'Error', content: jsonContent(errorBody()) },
        ]),
      ),
    }
    paths[endpoint.path] = { ...paths[endpoint.path], [endpoint.method.toLowerCase()]: operation }
  }
  return paths
}

const STATUS_TEXT: Record<number, string> = { 400: 'Bad Request', 401: 'Unauthorized' }

function errorBody(): z.ZodType {
  const entry = listStandings().find(({ note }) => note.id === 'ErrorBody')
  if (entry === undefined) throw new Error('the contract must state ErrorBody')
  return entry.schema
}

function describeParameters(schema: z.ZodObject, where: 'path' | 'query'): Json[] {
  return Object.entries(schema.shape).map(([name, type]) => ({
    name,
    in: where,
    required: !(type as z.ZodType).safeParse(undefined).success,
    schema: toJsonSchema(type as z.ZodType, true),
  }))
}

function jsonContent(schema: z.ZodType): Json {
  return { 'application/json': { schema: toJsonSchema(schema, true) } }
}

function describeDialect(): Json[] {
  const defaults: Record<string, unknown> = Dialect.parse({})
  return Object.entries(dialectSettings).map(([name, setting]) => {
    const { default: _, ...schema } = toJsonSchema(setting.schema, false)
    return {
      name,
      standing: setting.standing,
      default: defaults[name],
      learnedBy: setting.learnedBy,
      about: setting.about,
      schema,
    }
  })
}

/**
 * JSON Schema of a schema. Stated schemas inside it become references; with `byName`, the schema
 * itself too.
 */
function toJsonSchema(schema: z.ZodType, byName: boolean): Json {
  const own = standingOf(schema)
  if (byName && own !== undefined) return reference(own.id)
  const json = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema, path }) => {
      removeZodDetails(jsonSchema)
      const note = standingOf(zodSchema)
      if (note === undefined || path.length === 0) return
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key as keyof typeof jsonSchema]
      Object.assign(jsonSchema, reference(note.id))
    },
  }) as Json
  const { $schema: _, ...rest } = json
  return rest
}

function reference(id: string): Json {
  return { $ref: `#/components/schemas/${id}` }
}

/**
 * Removes what zod adds and the gateway does not state: its date pattern, the range of a double.
 */
function removeZodDetails(json: z.core.JSONSchema.BaseSchema): void {
  if (json.format !== undefined) delete json.pattern
  if (json.maximum === Number.MAX_SAFE_INTEGER) delete json.maximum
  if (json.minimum === Number.MIN_SAFE_INTEGER) delete json.minimum
  delete json.propertyNames
}
