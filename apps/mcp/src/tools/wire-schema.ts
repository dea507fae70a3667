import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server'
import { z } from 'zod'
import type { ArgumentSchema } from '../call/lenient.ts'
import { ErrorResult } from '../result/tool-error.ts'
import { isConfirmed, type ToolDefinition } from './define-tool.ts'
import { PreviewResult } from './fields.ts'

type JsonSchema = z.core.JSONSchema.BaseSchema

/** Keywords that strict clients and model APIs refuse. */
const BOUNDS: readonly (keyof JsonSchema)[] = [
  ...['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'default'],
]

/** A range above this is of no use to a model. */
const MAX_STATED = 1_000_000

/**
 * The input schema as clients see it. Its validation accepts everything, because the SDK would report
 * an invalid argument in its own words. `defineRun` parses the arguments and reports the field, the
 * nearest valid name and an example.
 */
export const inputSchema = perTool((tool): StandardSchemaWithJSON => {
  const json = { ...listedArguments(tool) }
  return {
    '~standard': {
      version: 1,
      vendor: 'chatlayer-tables',
      validate: (value) => ({ value }),
      jsonSchema: { input: () => json, output: () => json },
    },
  }
})

/** The arguments of a tool as clients see them. */
export const listedArguments = perTool((tool): ArgumentSchema => {
  const { required, ...rest } = argumentSchema(tool)
  // A confirmation is called with its token alone. `defineRun` reports what is missing otherwise.
  return isConfirmed(tool) || required === undefined ? rest : { ...rest, required }
})

/** The arguments of a tool as JSON Schema. */
export const argumentSchema = perTool(
  // Zod writes no subschema as a boolean, though its type allows one.
  (tool) => jsonSchema(tool.input, 'input') as ArgumentSchema,
)

/** The result of a call that succeeded, as JSON Schema. */
export const resultSchema = perTool((tool) => jsonSchema(tool.output, 'output'))

/** The result of a call that failed, as JSON Schema. */
export const errorSchema = jsonSchema(ErrorResult, 'output')

/**
 * The output schema as clients see it: one object, because clients refuse or ignore a union at the root.
 * It covers errors too: a client of the older protocol validates the structured content of every result
 * against it, and would drop an error that does not match. So only what both have is required.
 */
export const outputSchema = perTool((tool): StandardSchemaWithJSON => {
  const results = isConfirmed(tool) ? [tool.output, PreviewResult] : [tool.output]
  const schema = z.union([...results, ErrorResult])
  const properties = Object.assign(
    {},
    ...[ErrorResult, ...results.toReversed()].map(
      (result) => jsonSchema(result, 'output').properties,
    ),
  )
  const json = { type: 'object', properties, required: ['notice'] }
  return {
    '~standard': {
      ...schema['~standard'],
      jsonSchema: { input: () => json, output: () => json },
    },
  }
})

/**
 * JSON Schema, as short as possible, because every conversation carries it, and without what strict
 * clients and model APIs refuse: `$schema` (MCP assumes 2020-12), lists of types, and for arguments the
 * keywords of lengths, ranges and defaults. Calls are still checked against those.
 */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  // Only custom schemas have no form of their own; they set their type as metadata.
  const { $schema, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return simplified(json, io)
}

/** Changes the schema and all schemas in it. */
function simplified(schema: JsonSchema, io: 'input' | 'output'): JsonSchema {
  if (io === 'input') describeBounds(schema)
  for (const keyword of BOUNDS) delete schema[keyword]
  if (Array.isArray(schema.type)) {
    schema.anyOf = schema.type.map((type) => ({ type }))
    delete schema.type
  }
  for (const inner of [schema.items, ...Object.values(schema.properties ?? {})].flat()) {
    if (typeof inner === 'object') simplified(inner, io)
  }
  return schema
}

/** Adds the range of a number, and a default that is not obvious, to the description. */
function describeBounds(schema: JsonSchema): void {
  const { description, minimum, maximum = MAX_STATED, default: otherwise } = schema
  const obvious: unknown[] = [undefined, false, minimum, schema.enum?.[0]]
  const isObvious = obvious.includes(otherwise)
  const bounds = [
    maximum < MAX_STATED ? `${minimum}-${maximum}` : undefined,
    isObvious ? undefined : `default ${otherwise}`,
  ].filter((bound) => bound !== undefined)
  const parts = [description ?? '', bounds.join(', ')].filter((part) => part !== '')
  if (parts.length > 0) schema.description = parts.join('; ')
}

/** Caches by tool: over HTTP each request has its own server, but the schemas stay the same. */
function perTool<Schema>(make: (tool: ToolDefinition) => Schema) {
  const made = new WeakMap<ToolDefinition, Schema>()
  return (tool: ToolDefinition): Schema => {
    const schema = made.get(tool) ?? make(tool)
    made.set(tool, schema)
    return schema
  }
}
