import { z } from 'zod'
import { defineTool, READS } from '../define-tool.ts'
import { ColumnsArgument, integer, MAX_TOKENS, Notice, WhereArgument } from '../fields.ts'

/** Records as a table; the key columns come first. */
const Rows = z.strictObject({ columns: z.array(z.string()), rows: z.array(z.array(z.unknown())) })

/** The kinds of differences, in the order in which they are listed. */
export const KINDS = ['different', 'only_in_a', 'only_in_b', 'duplicate_keys'] as const
export type Kind = (typeof KINDS)[number]

export const compareTables = defineTool({
  name: 'compare_tables',
  title: 'Compare tables',
  description: 'Compares DRAFT and LIVE of table a, or a with b. Finds the key if omitted.',
  annotations: READS,
  input: z.strictObject({
    a: z.string().min(1),
    b: z.string().min(1).optional(),
    key: ColumnsArgument.optional(),
    where: WhereArgument.optional(),
    columns: ColumnsArgument.optional(),
    cursor: z.string().optional(),
    // Counts and examples; all differences of large tables are rarely wanted.
    max_tokens: integer(500, MAX_TOKENS, 2_000),
  }),
  output: z.strictObject({
    notice: Notice,
    a: z.string(),
    b: z.string(),
    key: z.array(z.string()).describe('Empty: whole records are compared'),
    counts: z.strictObject({
      a: z.int().describe('Records'),
      b: z.int(),
      equal: z.int(),
      different: z.int().describe('The same key, other values'),
      only_in_a: z.int(),
      only_in_b: z.int(),
      duplicate_keys: z.int().describe('Not compared'),
    }),
    by_column: z.record(z.string(), z.int()).describe('Different records by column'),
    different: Rows.describe('A row for each value that differs').optional(),
    only_in_a: Rows.optional(),
    only_in_b: Rows.optional(),
    duplicate_keys: Rows.describe('With the number of records on each side').optional(),
    truncated: z.boolean().describe('More differences: pass next_cursor'),
    next_cursor: z.string().optional(),
  }),
  example: { a: 'stores@draft', b: 'stores@live', key: ['name'] },
  load: () => import('./run.ts'),
})
