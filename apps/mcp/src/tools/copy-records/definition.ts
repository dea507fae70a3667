import { z } from 'zod'
import { CHANGES, defineTool } from '../define-tool.ts'
import {
  ColumnsArgument,
  Notice,
  optionalFlag,
  VersionResult,
  WhereArgument,
  WRITE,
  WRITE_RESULT,
} from '../fields.ts'

export const copyRecords = defineTool({
  name: 'copy_records',
  title: 'Copy records',
  description:
    'Copies records by key: all, or those of where, such as from "stores@draft" to "stores@live".',
  annotations: CHANGES,
  input: z.strictObject({
    from: z.string().min(1),
    to: z.string().min(1),
    key: ColumnsArgument,
    where: WhereArgument.optional(),
    columns: ColumnsArgument.optional(),
    delete: optionalFlag().describe('Also delete those that from lacks'),
    ...WRITE,
  }),
  output: z.strictObject({
    notice: Notice,
    version: VersionResult,
    inserted: z.int(),
    updated: z.int(),
    deleted: z.int(),
    unchanged: z.int(),
    deleted_keys: z.array(z.array(z.unknown())).describe('Of the first ones').optional(),
    job: z.string().describe('Pass it to undo_changes to revert the copy').optional(),
    ...WRITE_RESULT,
  }),
  example: {
    from: 'stores@draft',
    to: 'stores@live',
    key: ['name'],
    where: { name: { in: ['Ghent', 'Bruges'] } },
  },
  load: () => import('./run.ts'),
})
