import { z } from 'zod'
import { hasBoundedSql } from '../../node-version.ts'
import { CHANGES_AGAIN, defineTool } from '../define-tool.ts'
import {
  ExpectArgument,
  Notice,
  SELECTION,
  SetArgument,
  SetSqlArgument,
  TableArgument,
  VersionResult,
  WRITE,
  WRITE_RESULT,
} from '../fields.ts'

const SET_SQL = { set_sql: SetSqlArgument.optional() }

/** Only a Node whose SQLite can bound a query evaluates expressions. */
const COMPUTED = hasBoundedSql(process.versions.node) ? SET_SQL : ({} as typeof SET_SQL)

export const updateRecords = defineTool({
  name: 'update_records',
  title: 'Update records',
  description: 'Sets columns of the records selected by exactly one of ids, where, all.',
  annotations: CHANGES_AGAIN,
  input: z.strictObject({
    table: TableArgument,
    set: SetArgument.optional(),
    ...COMPUTED,
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
