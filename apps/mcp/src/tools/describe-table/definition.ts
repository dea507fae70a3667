import { z } from 'zod'
import { defineTool, READS } from '../define-tool.ts'
import {
  FormatArgument,
  MaxTokensArgument,
  Notice,
  TableArgument,
  VersionResult,
} from '../fields.ts'

export const describeTable = defineTool({
  name: 'describe_table',
  title: 'Describe a table',
  description: "A table's columns with their types, and how many records it holds.",
  annotations: READS,
  input: z.strictObject({
    table: TableArgument,
    format: FormatArgument.describe(
      'detailed: also fill rate, distinct count, range and examples of each column',
    ),
    max_tokens: MaxTokensArgument,
  }),
  output: z.strictObject({
    notice: Notice,
    name: z.string(),
    id: z.string(),
    description: z.string().optional(),
    version: VersionResult,
    columns: z.array(
      z.strictObject({
        name: z.string(),
        type: z.string(),
        filled: z.number().describe('Share of records with a value, 0 to 1').optional(),
        distinct: z.int().describe('At least so many different values').optional(),
        distinct_is_exact: z.boolean().optional(),
        min: z.unknown().optional(),
        max: z.unknown().optional(),
        examples: z.array(z.unknown()).describe('The most frequent first').optional(),
      }),
    ),
    records: z.int(),
    looked_at: z.int().describe('Records that the figures rest on').optional(),
  }),
  example: { table: 'stores' },
  load: () => import('./run.ts'),
})
