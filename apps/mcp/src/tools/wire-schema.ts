import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { ErrorResult } from '../result/tool-error.ts'
import { isConfirmed, type ToolDefinition } from './define-tool.ts'
import { PreviewResult } from './fields.ts'

/**
 * The input schema as clients see it. Its validation accepts everything, because the SDK would report
 * an invalid argument in its own words. `defineRun` parses the arguments and reports the field, the
 * nearest valid name and an example.
 */
export const inputSchema = perTool((tool) => {
  const json = jsonSchema(tool.input, 'input')
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

/**
 * The output schema as clients see it. It covers errors too: a client of the older protocol validates
 * the structured content of every result against it, and would drop an error that does not match.
 */
export const outputSchema = perTool((tool) => {
  const results = isConfirmed(tool) ? [tool.output, PreviewResult] : [tool.output]
  const schema = z.union([...results, ErrorResult])
  const json = jsonSchema(schema, 'output')
  return {
    '~standard': {
      ...schema['~standard'],
      jsonSchema: { input: () => json, output: () => json },
    },
  }
})

/**
 * JSON Schema, as short as possible, because every conversation carries it: without `$schema` (MCP
 * assumes 2020-12), without zod's bounds of safe integers, and without minimum lengths of 1.
 */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema, ...json } = z.toJSONSchema(schema, {
    io,
    // Only custom schemas have no form of their own; they set their type as metadata.
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
      if (jsonSchema.minLength === 1) delete jsonSchema.minLength
      if (jsonSchema.minItems === 1) delete jsonSchema.minItems
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
    },
  })
  return json
}

/** Caches by tool: over HTTP each request has its own server, but the schemas stay the same. */
function perTool(make: (tool: ToolDefinition) => StandardSchemaWithJSON) {
  const made = new WeakMap<ToolDefinition, StandardSchemaWithJSON>()
  return (tool: ToolDefinition): StandardSchemaWithJSON => {
    const schema = made.get(tool) ?? make(tool)
    made.set(tool, schema)
    return schema
  }
}
