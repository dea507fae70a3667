import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { ErrorResult } from '../result/tool-error.ts'
import type { ToolDefinition } from './define-tool.ts'

/**
 * The input schema as clients see it. Validation lets everything through here, since the SDK would
 * answer a wrong argument in its own words: `run/` parses the arguments and says which field is
 * wrong, what is near and how a right call looks.
 */
export const inputSchema = perTool((tool) => {
  const json = jsonSchema(tool.input, 'input')
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
 * The output schema as clients see it. It covers errors too: a client of the older protocol checks
 * the structured content of every answer against it, and would drop an error that does not fit.
 */
export const outputSchema = perTool((tool) => {
  const schema = z.union([tool.output, ErrorResult])
  const json = jsonSchema(schema, 'output')
  return {
    '~standard': {
      ...schema['~standard'],
      jsonSchema: { input: () => json, output: () => json },
    },
  }
})

/**
 * JSON Schema, as short as it can be, since clients pay for each character: without `$schema`
 * (2020-12 is what MCP takes for granted), without zod's bounds of safe integers, and without saying
 * that what has to be given is not empty.
 */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema, ...json } = z.toJSONSchema(schema, {
    io,
    // The one thing without a form of its own is an object taken as it came; it says its type.
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

/** Over HTTP each request has a server of its own; what is told of a tool stays the same. */
function perTool(make: (tool: ToolDefinition) => StandardSchemaWithJSON) {
  const made = new WeakMap<ToolDefinition, StandardSchemaWithJSON>()
  return (tool: ToolDefinition): StandardSchemaWithJSON => {
    const schema = made.get(tool) ?? make(tool)
    made.set(tool, schema)
    return schema
  }
}
