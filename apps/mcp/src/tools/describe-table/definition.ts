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
  description: 'Describes a table: its columns with their types, and the number of records.',
  annotations: READS,
  input: z.strictObject({
    table: TableArgument,
    format: FormatArgument.describe(
      'detailed: also fill rate, distinct count, range and examples per column',
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
        distinct: z.int().describe('Number of distinct values, or a lower bound of it').optional(),
        distinct_is_exact: z.boolean().optional(),
        min: z.unknown().optional(),
        max: z.unknown().optional(),
        examples: z.array(z.unknown()).describe('Most frequent first').optional(),
      }),
    ),
    records: z.int(),
    looked_at: z.int().describe('Number of records that the figures are based on').optional(),
  }),
  example: { table: 'stores' },
  load: () => import('./run.ts'),
})
