import { z } from 'zod'
import { CHANGES, defineTool } from '../define-tool.ts'
import {
  ColumnsArgument,
  MAX_ROWS,
  Notice,
  PREVIEW_RESULT,
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
    `For each of up to ${MAX_ROWS} rows: updates the record that has its key, with the columns that ` +
    'the row names; inserts it where none has.',
  annotations: CHANGES,
  input: z.strictObject({
    table: TableArgument,
    key: ColumnsArgument.describe('Columns that tell records apart'),
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
    ...PREVIEW_RESULT,
  }),
  example: { table: 'stores', key: ['name'], records: [{ name: 'Ghent', open: true }] },
  load: () => import('./run.ts'),
})
