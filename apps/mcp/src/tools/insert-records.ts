import { z } from 'zod'
import { defineTool } from './definition.ts'
import {
  MOST_ROWS,
  NoteArgument,
  Notice,
  RecordsArgument,
  TableArgument,
  VersionResult,
  WRITE_RESULT,
} from './fields.ts'

export const insertRecords = defineTool({
  name: 'insert_records',
  title: 'Insert records',
  description:
    `Adds 1 to ${MOST_ROWS} records and goes on past rows that are refused. ` +
    'Not to be repeated blindly: look at ids and problems first.',
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: false,
    openWorldHint: false,
  },
  input: z.strictObject({
    table: TableArgument,
    records: RecordsArgument.describe('Objects of column: value; a column left out is null'),
    note: NoteArgument.optional(),
  }),
  output: z.strictObject({
    notice: Notice,
    version: VersionResult,
    inserted: z.int(),
    ids: z.array(z.string().nullable()).describe('In the order of the input; null where not known'),
    ...WRITE_RESULT,
  }),
  example: { table: 'stores', records: [{ name: 'Ghent', phone: '+32 9 000 00 00' }] },
})
