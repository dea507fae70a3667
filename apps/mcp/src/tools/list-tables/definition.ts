import { z } from 'zod'
import { defineTool, READS } from '../define-tool.ts'
import { CursorArgument, FormatArgument, Notice } from '../fields.ts'

export const listTables = defineTool({
  name: 'list_tables',
  title: 'List tables',
  description: "Lists the bot's tables and their columns. Start here.",
  annotations: READS,
  input: z.strictObject({
    cursor: CursorArgument.optional(),
    format: FormatArgument.describe('detailed: ids, column types, full descriptions'),
    counts: z.boolean().describe('Also count DRAFT and LIVE').optional(),
  }),
  output: z.strictObject({
    notice: Notice,
    tables: z.array(
      z.strictObject({
        name: z.string(),
        id: z.string().describe('Omitted if name is enough').optional(),
        description: z.string().optional(),
        records: z.strictObject({ draft: z.int(), live: z.int() }).optional(),
        columns: z.array(z.string()).describe('Names; "name: type" if detailed'),
      }),
    ),
    returned: z.int(),
    total: z.int(),
    truncated: z.boolean(),
    next_cursor: z.string().optional(),
  }),
  example: {},
  load: () => import('./run.ts'),
})
