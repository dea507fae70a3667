import { z } from 'zod'
import { defineTool, READS } from '../define-tool.ts'
import { CursorArgument, integer, MaxTokensArgument, Notice, ParamsArgument } from '../fields.ts'

export const querySql = defineTool({
  name: 'query_sql',
  title: 'Query with SQL',
  description:
    'One SQLite SELECT over the tables: joins, groups, window functions, DRAFT with LIVE. ' +
    'stores, or draft.stores and live.stores; each has id, created_at, updated_at too.',
  annotations: READS,
  needs: 'sql',
  input: z.strictObject({
    sql: z.string().min(1).max(20_000),
    params: ParamsArgument.describe('Values for ?, or by name for :name').optional(),
    fresh: z.string().default('always').describe('always, never, or how old data may be: 5m'),
    max_rows: integer(1, 1_000, 100),
    cursor: CursorArgument.optional(),
    max_tokens: MaxTokensArgument,
  }),
  output: z.strictObject({
    notice: Notice,
    columns: z.array(z.string()),
    rows: z.array(z.array(z.unknown())),
    returned: z.int(),
    total: z.int().describe('Rows on all pages'),
    truncated: z.boolean().describe('There is more: pass next_cursor'),
    next_cursor: z.string().optional(),
    sources: z.array(
      z.strictObject({
        table: z.string(),
        version: z.string(),
        as_of: z.string().describe('What was written before is in the answer'),
        complete: z.boolean(),
      }),
    ),
  }),
  example: {
    sql: 'select city, count(*) n from stores where open = ? group by 1 order by 2 desc',
    params: [true],
  },
  load: () => import('./run.ts'),
})
