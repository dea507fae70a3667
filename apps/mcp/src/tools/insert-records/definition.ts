import { z } from 'zod'
import { defineTool } from '../define-tool.ts'
import {
  AgainArgument,
  MAX_ROWS,
  Notice,
  RecordsArgument,
  TableArgument,
  VersionResult,
  WRITE,
  WRITE_RESULT,
} from '../fields.ts'

export const insertRecords = defineTool({
  name: 'insert_records',
  title: 'Insert records',
  description: `Inserts 1 to ${MAX_ROWS} records; rejected rows do not stop the rest.`,
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: false,
    openWorldHint: false,
  },
  input: z.strictObject({
    table: TableArgument,
    records: RecordsArgument,
    again: AgainArgument,
    ...WRITE,
  }),
  output: z.strictObject({
    notice: Notice,
    version: VersionResult,
    inserted: z.int(),
    ids: z.array(z.string().nullable()).describe('In input order; null if unknown').optional(),
    ...WRITE_RESULT,
  }),
  example: { table: 'stores', records: [{ name: 'Ghent', phone: '+32 9 000 00 00' }] },
  load: () => import('./run.ts'),
})
