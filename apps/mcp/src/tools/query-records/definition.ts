import { z } from 'zod'
import { defineTool, READS } from '../define-tool.ts'
import {
  CellFromArgument,
  ColumnsArgument,
  CursorArgument,
  FormatArgument,
  integer,
  MaxTokensArgument,
  Notice,
  SortArgument,
  TableArgument,
  VersionResult,
  WhereArgument,
} from '../fields.ts'

const WHERE_HELP =
  'Conditions by column; all must match: ' +
  '{"city":"Ghent","age":{"gte":18},"or":[{"vip":true},{"name":{"contains":"x"}}]}. ' +
  'Operators: [i]eq ne gt gte lt lte in nin [i]contains [i]startsWith [i]endsWith isNull (i ignores case). ' +
  'Combine with and, or (lists), not. Also on id, createdAt, updatedAt'

export const queryRecords = defineTool({
  name: 'query_records',
  title: 'Query records',
  description:
    'Finds, sorts and counts records, or sums them up exactly without paging: ' +
    'aggregate ["count","sum(price)"] with group_by returns one row per group, largest first. ' +
    'Select only needed columns, and id to change records.',
  annotations: READS,
  input: z.strictObject({
    table: TableArgument,
    where: WhereArgument.describe(WHERE_HELP).optional(),
    select: ColumnsArgument.optional(),
    sort: SortArgument.describe('With aggregate: columns of the result').optional(),
    group_by: ColumnsArgument.describe(
      'Without aggregate: distinct values with their counts',
    ).optional(),
    aggregate: ColumnsArgument.describe(
      'count, or count, distinct, sum, avg, min, max of a column',
    ).optional(),
    limit: integer(0, 500, 50).describe('0: count only'),
    cursor: CursorArgument.optional(),
    max_tokens: MaxTokensArgument,
    format: FormatArgument.describe('detailed: record dates, longer cells'),
    cell_from: CellFromArgument.describe('Start of long text'),
  }),
  output: z.strictObject({
    notice: Notice,
    version: VersionResult,
    columns: z.array(z.string()),
    rows: z.array(z.array(z.unknown())),
    returned: z.int(),
    total: z.int().describe('Matching records, or groups, on all pages'),
    truncated: z.boolean().describe('More rows: pass next_cursor'),
    next_cursor: z.string().optional(),
  }),
  example: {
    table: 'stores',
    where: { city: 'Ghent' },
    select: ['name', 'phone'],
    sort: [{ column: 'name' }],
    limit: 20,
  },
  load: () => import('./run.ts'),
})
