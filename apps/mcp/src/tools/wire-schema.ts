import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server'
import { z } from 'zod'
import type { ArgumentSchema } from '../call/lenient.ts'
import { ErrorResult } from '../result/tool-error.ts'
import { isConfirmed, type ToolDefinition } from './define-tool.ts'
import { PreviewResult } from './fields.ts'

type JsonSchema = z.core.JSONSchema.BaseSchema

/**
 * The input schema as clients see it. Its validation accepts everything, because the SDK would report
 * an invalid argument in its own words. `defineRun` parses the arguments and reports the field, the
 * nearest valid name and an example.
 */
export const inputSchema = perTool((tool): StandardSchemaWithJSON => {
  const json = { ...argumentSchema(tool) }
  // A confirmation is called with its token alone. `defineRun` reports what is missing otherwise.
  if (isConfirmed(tool)) delete json.required
  return {
    '~standard': {
      version: 1,
      vendor: 'chatlayer-tables',
      validate: (value) => ({ value }),
      jsonSchema: { input: () => json, output: () => json },
    },
  }
})

/** The arguments of a tool as JSON Schema. */
export const argumentSchema = perTool(
  // Zod writes no subschema as a boolean, though its type allows one.
  (tool) => jsonSchema(tool.input, 'input') as ArgumentSchema,
)

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
 * JSON Schema, as short as possible, because every conversation carries it: without `$schema` (MCP
 * assumes 2020-12), without zod's bounds of safe integers, without minimum lengths of 1, and without
 * flags' default of false. Strict modes of model APIs refuse the bounds of lists and texts, and runners of
 * local models make grammars of them that are too large; calls are still checked against them. A list of
 * types becomes `anyOf`, because Gemini and older converters refuse it.
 */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema, ...json } = z.toJSONSchema(schema, {
    io,
    // Only custom schemas have no form of their own; they set their type as metadata.
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
      if (jsonSchema.minLength === 1) delete jsonSchema.minLength
      if (jsonSchema.default === false) delete jsonSchema.default
      for (const bound of ['minItems', 'maxItems', 'maxLength'] as const) delete jsonSchema[bound]
      if (Array.isArray(jsonSchema.type)) {
        jsonSchema.anyOf = jsonSchema.type.map((type) => ({ type }))
        delete jsonSchema.type
      }
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
    },
  })
  return json
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
