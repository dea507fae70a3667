import { z } from 'zod'
import { CHANGES, defineTool } from '../define-tool.ts'
import {
  ColumnsArgument,
  MAX_ROWS,
  Notice,
  RecordsArgument,
  TableArgument,
  VersionResult,
  WRITE,
  WRITE_RESULT,
} from '../fields.ts'

export const upsertRecords = defineTool({
  name: 'upsert_records',
  title: 'Insert or update records',
  description:
    `For each of 1 to ${MAX_ROWS} rows: updates the record with the same key, only in the columns of the row; ` +
    'inserts the row if no record has the key.',
  annotations: CHANGES,
  input: z.strictObject({
    table: TableArgument,
    key: ColumnsArgument.describe('Key columns'),
    records: RecordsArgument,
    ...WRITE,
  }),
  output: z.strictObject({
    notice: Notice,
    version: VersionResult,
    inserted: z.int(),
    updated: z.int(),
    unchanged: z.int(),
    ...WRITE_RESULT,
  }),
  example: { table: 'stores', key: ['name'], records: [{ name: 'Ghent', open: true }] },
  load: () => import('./run.ts'),
})
