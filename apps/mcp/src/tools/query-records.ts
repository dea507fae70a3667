import { z } from 'zod'
import { defineTool } from './definition.ts'
import {
  ColumnsArgument,
  CursorArgument,
  MaxTokensArgument,
  Notice,
  SortArgument,
  TableArgument,
  VersionResult,
  WhereArgument,
} from './fields.ts'

const WHERE_HELP =
  'Conditions by column, all of which must hold, e.g. ' +
  '{"city":"Ghent","age":{"gte":18},"or":[{"vip":true},{"name":{"contains":"x"}}]}. ' +
  'Operators: eq ne gt gte lt lte in nin contains startsWith endsWith isNull. ' +
  'Groups: and, or (lists), not. Also on id, createdAt, updatedAt.'

export const queryRecords = defineTool({
  name: 'query_records',
  title: 'Query records',
  description:
    'Finds, filters, sorts and counts records. Select only the columns you need; limit 0 just counts. ' +
    'Answers with one list of values for each record, in the order of columns.',
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: true,
  },
  input: z.strictObject({
    table: TableArgument,
    where: WhereArgument.describe(WHERE_HELP).optional(),
    select: ColumnsArgument.describe('Columns to return; all when left out').optional(),
    sort: SortArgument.optional(),
    limit: z.int().min(0).max(500).default(50),
    cursor: CursorArgument.optional(),
    max_tokens: MaxTokensArgument.describe(
      'Size of the answer; rows beyond it wait for next_cursor',
    ),
  }),
  output: z.strictObject({
    notice: Notice,
    version: VersionResult,
    columns: z.array(z.string()),
    rows: z.array(z.array(z.unknown())),
    returned: z.int(),
    total: z.int().describe('Matching records, on all pages'),
    truncated: z.boolean().describe('There is more: pass next_cursor'),
    next_cursor: z.string().optional(),
  }),
  example: {
    table: 'stores',
    where: { city: 'Ghent' },
    select: ['name', 'phone'],
    sort: [{ column: 'name' }],
    limit: 20,
  },
})
