import { listFormats } from '@chatlayer-tables/files/formats'
import { z } from 'zod'
import { defineTool } from '../define-tool.ts'
import {
  AgainArgument,
  ColumnsArgument,
  Notice,
  TableArgument,
  VersionResult,
  WRITE,
  WRITE_RESULT,
} from '../fields.ts'

const IMPORT_MODES = ['insert', 'upsert', 'skip-existing', 'replace'] as const

export const importFile = defineTool({
  name: 'import_file',
  title: 'Import a file',
  description:
    `Imports the rows of a ${listFormats()} file into a table. ` +
    'dry_run checks every row. Mode replace also deletes records missing from the file.',
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: false,
    openWorldHint: true,
  },
  needs: 'files',
  input: z.strictObject({
    table: TableArgument,
    file: z.string().min(1).describe('Path in a folder of this server'),
    mode: z.enum(IMPORT_MODES).default('insert'),
    key: ColumnsArgument.describe('Key columns; required except in mode insert').optional(),
    again: AgainArgument,
    ...WRITE,
  }),
  output: z.strictObject({
    notice: Notice,
    version: VersionResult,
    read: z.int().describe('Number of rows in the file'),
    inserted: z.int(),
    updated: z.int(),
    unchanged: z.int(),
    deleted: z.int(),
    job: z.string().describe('Pass it to undo_changes to revert the import').optional(),
    files: z.array(z.string()).describe('Files with the rows that were not written').optional(),
    ...WRITE_RESULT,
  }),
  example: { table: 'stores', file: 'stores.csv', mode: 'upsert', key: ['name'], dry_run: true },
  load: () => import('./run.ts'),
})
