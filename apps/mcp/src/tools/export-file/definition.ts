import { listEndings } from '@chatlayer-tables/files/formats'
import { z } from 'zod'
import { defineTool } from '../define-tool.ts'
import {
  ColumnsArgument,
  Notice,
  optionalFlag,
  SortArgument,
  TableArgument,
  VersionResult,
  WhereArgument,
} from '../fields.ts'

export const exportFile = defineTool({
  name: 'export_file',
  title: 'Export to a file',
  description: `Exports records to a file. Its extension sets the format: ${listEndings()}.`,
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: true,
    openWorldHint: false,
  },
  needs: 'files',
  input: z.strictObject({
    table: TableArgument,
    file: z.string().min(1).describe('Path in a folder of this server'),
    where: WhereArgument.optional(),
    select: ColumnsArgument.optional(),
    sort: SortArgument.optional(),
    overwrite: optionalFlag(),
  }),
  output: z.strictObject({
    notice: Notice,
    version: VersionResult,
    file: z.string(),
    format: z.string(),
    columns: z.array(z.string()),
    records: z.int(),
  }),
  example: { table: 'stores', file: 'stores.csv', where: { city: 'Ghent' } },
  load: () => import('./run.ts'),
})
