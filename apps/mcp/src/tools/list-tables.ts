import { z } from 'zod'
import { defineTool } from './definition.ts'
import { CursorArgument, Notice } from './fields.ts'

export const listTables = defineTool({
  name: 'list_tables',
  title: 'List tables',
  description: "The bot's tables with their column names. Start here.",
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  },
  input: z.strictObject({ cursor: CursorArgument.optional() }),
  output: z.strictObject({
    notice: Notice,
    tables: z.array(
      z.strictObject({
        name: z.string(),
        id: z.string(),
        description: z.string().optional(),
        columns: z.array(z.string()),
      }),
    ),
    returned: z.int(),
    total: z.int(),
    truncated: z.boolean(),
    next_cursor: z.string().optional(),
  }),
  example: {},
})
