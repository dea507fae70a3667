import { z } from 'zod'
import { defineTool } from './definition.ts'
import {
  NoteArgument,
  Notice,
  SELECTION,
  TableArgument,
  VersionResult,
  WRITE_RESULT,
} from './fields.ts'

export const deleteRecords = defineTool({
  name: 'delete_records',
  title: 'Delete records',
  description:
    'Removes the records chosen by ids or where. Call it with dry_run first, then with expect.',
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: true,
    openWorldHint: true,
  },
  input: z.strictObject({
    table: TableArgument,
    ...SELECTION,
    expect: z
      .int()
      .min(0)
      .describe('How many records the dry_run matched; needed to delete')
      .optional(),
    note: NoteArgument.optional(),
  }),
  output: z.strictObject({
    notice: Notice,
    version: VersionResult,
    dry_run: z.boolean(),
    matched: z.int(),
    deleted: z.int(),
    ...WRITE_RESULT,
    changes: z
      .array(z.strictObject({ id: z.string(), before: z.unknown() }))
      .describe('Of a dry_run: the records that would go')
      .optional(),
  }),
  example: { table: 'stores', where: { closed: true }, dry_run: true },
})
