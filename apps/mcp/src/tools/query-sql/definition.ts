import { z } from 'zod'
import { defineTool, READS } from '../define-tool.ts'
import {
  CellFromArgument,
  CursorArgument,
  integer,
  MaxTokensArgument,
  Notice,
  ParamsArgument,
} from '../fields.ts'

export const querySql = defineTool({
  name: 'query_sql',
  title: 'Query with SQL',
  description:
    'Runs one SQLite SELECT over the tables: joins, window functions, DRAFT compared with LIVE. ' +
    'Write stores, or draft.stores and live.stores. Each also has id, created_at, updated_at.',
  annotations: READS,
  needs: 'sql',
  input: z.strictObject({
    sql: z.string().min(1).max(20_000),
    params: ParamsArgument.describe('Values of :name: {"name":"Ghent"}').optional(),
    fresh: z.string().default('always').describe('always, never, or a maximum age: 5m'),
    max_rows: integer(1, 1_000, 100),
    cursor: CursorArgument.optional(),
    max_tokens: MaxTokensArgument,
    cell_from: CellFromArgument,
  }),
  output: z.strictObject({
    notice: Notice,
    columns: z.array(z.string()),
    rows: z.array(z.array(z.unknown())),
    returned: z.int(),
    total: z.int().describe('Rows on all pages'),
    truncated: z.boolean().describe('More rows: pass next_cursor'),
    next_cursor: z.string().optional(),
    sources: z.array(
      z.strictObject({
        table: z.string(),
        version: z.string(),
        as_of: z.string().describe('The result includes writes before this time'),
        complete: z.boolean(),
      }),
    ),
  }),
  example: {
    sql: 'select city, count(*) n from stores where open = :open group by 1 order by 2 desc',
    params: { open: true },
  },
  load: () => import('./run.ts'),
})
