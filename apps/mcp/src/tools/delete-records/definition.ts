import { z } from 'zod'
import { CHANGES, defineTool } from '../define-tool.ts'
import {
  Notice,
  PREVIEW_RESULT,
  SELECTION,
  TableArgument,
  VersionResult,
  WRITE,
  WRITE_RESULT,
} from '../fields.ts'

export const deleteRecords = defineTool({
  name: 'delete_records',
  title: 'Delete records',
  description:
    'Deletes the records selected by exactly one of ids, where, all. Call it with dry_run first.',
  annotations: CHANGES,
  input: z.strictObject({ table: TableArgument, ...SELECTION, ...WRITE }),
  output: z.strictObject({
    notice: Notice,
    version: VersionResult,
    matched: z.int(),
    deleted: z.int(),
    ...WRITE_RESULT,
    ...PREVIEW_RESULT,
  }),
  example: { table: 'stores', where: { closed: true }, dry_run: true },
  load: () => import('./run.ts'),
})
