import { z } from 'zod'
import { defineTool } from './definition.ts'
import { Notice, TableArgument, VersionResult } from './fields.ts'

export const describeTable = defineTool({
  name: 'describe_table',
  title: 'Describe a table',
  description: "A table's columns with their types, and how many records it holds.",
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  },
  input: z.strictObject({ table: TableArgument }),
  output: z.strictObject({
    notice: Notice,
    name: z.string(),
    id: z.string(),
    description: z.string().optional(),
    version: VersionResult,
    columns: z.array(z.strictObject({ name: z.string(), type: z.string() })),
    records: z.int(),
  }),
  example: { table: 'stores' },
})
