import { z } from 'zod'
import { CHANGES, defineTool } from '../define-tool.ts'
import {
  ExpectArgument,
  Notice,
  SELECTION,
  TableArgument,
  VersionResult,
  WRITE,
  WRITE_RESULT,
} from '../fields.ts'

export const deleteRecords = defineTool({
  name: 'delete_records',
  title: 'Delete records',
  description: 'Deletes the records selected by exactly one of ids, where, all.',
  annotations: CHANGES,
  input: z.strictObject({ table: TableArgument, ...SELECTION, expect: ExpectArgument, ...WRITE }),
  output: z.strictObject({
    notice: Notice,
    version: VersionResult,
    matched: z.int(),
    deleted: z.int(),
    ...WRITE_RESULT,
  }),
  example: { table: 'stores', where: { closed: true }, expect: 3 },
  load: () => import('./run.ts'),
})
