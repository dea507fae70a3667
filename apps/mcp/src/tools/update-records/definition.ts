import { z } from 'zod'
import { CHANGES, defineTool } from '../define-tool.ts'
import {
  ExpectArgument,
  Notice,
  SELECTION,
  SetArgument,
  TableArgument,
  VersionResult,
  WRITE,
  WRITE_RESULT,
} from '../fields.ts'

export const updateRecords = defineTool({
  name: 'update_records',
  title: 'Update records',
  description: 'Sets columns of the records selected by exactly one of ids, where, all.',
  annotations: CHANGES,
  input: z.strictObject({
    table: TableArgument,
    set: SetArgument,
    ...SELECTION,
    expect: ExpectArgument,
    ...WRITE,
  }),
  output: z.strictObject({
    notice: Notice,
    version: VersionResult,
    matched: z.int(),
    updated: z.int(),
    ...WRITE_RESULT,
  }),
  example: { table: 'stores', where: { city: 'Gent' }, set: { city: 'Ghent' }, dry_run: true },
  load: () => import('./run.ts'),
})
