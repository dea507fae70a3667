import { z } from 'zod'
import { defineTool } from './definition.ts'
import {
  NoteArgument,
  Notice,
  RecordArgument,
  SELECTION,
  TableArgument,
  VersionResult,
  WRITE_RESULT,
} from './fields.ts'

/** An update of more records than this must say how many it expects to change. */
export const UNGUARDED_UPDATES = 20

export const updateRecords = defineTool({
  name: 'update_records',
  title: 'Update records',
  description:
    'Sets columns of the records chosen by ids or where. dry_run shows each before and after. ' +
    `More than ${UNGUARDED_UPDATES} records need expect.`,
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: true,
    openWorldHint: true,
  },
  input: z.strictObject({
    table: TableArgument,
    set: RecordArgument.describe('Column: new value'),
    ...SELECTION,
    expect: z.int().min(0).describe('How many records a dry_run matched').optional(),
    note: NoteArgument.optional(),
  }),
  output: z.strictObject({
    notice: Notice,
    version: VersionResult,
    dry_run: z.boolean(),
    matched: z.int(),
    updated: z.int(),
    ...WRITE_RESULT,
    changes: z
      .array(z.strictObject({ id: z.string(), before: z.unknown(), after: z.unknown() }))
      .describe('Of a dry_run: the columns that are set')
      .optional(),
  }),
  example: { table: 'stores', where: { city: 'Gent' }, set: { city: 'Ghent' }, dry_run: true },
})
