/** Writes the records of a bot's table to a table of a database. */
import { targetColumns } from './columns.ts'
import { planTarget } from './existing-table.ts'
import {
  checkCombination,
  type DatabaseExportOptions,
  type DatabaseExportReport,
  privileges,
} from './export-options.ts'
import { ExportRun } from './export-run.ts'
import { ofExport } from './outcome.ts'

/**
 * Reads the records into a temporary table of the database, and brings its table up to date in one
 * transaction: whatever happens, the table is as it was or as it should be.
 *
 * @throws InvalidInputError for a table that cannot take the records, and for a value that the database
 *   does not have; SideError when the database rejects something or is gone; TableChangedError and the
 *   errors of a request when the records cannot be read; the reason of an abort. Nothing was written.
 */
export async function exportToDatabase(
  options: DatabaseExportOptions,
): Promise<DatabaseExportReport> {
  checkCombination(options)
  try {
    return await exported(options)
  } catch (error) {
    throw ofExport(error)
  }
}

async function exported(options: DatabaseExportOptions): Promise<DatabaseExportReport> {
  const startedAt = performance.now()
  const { session, table, signal } = options
  const definition = await table.definition({ signal })
  const columns = targetColumns(session.kind, definition, options.select)
  await session.lock({ wait: options.wait ?? true, onWait: options.onWait, signal })
  const plan = planTarget(columns, await session.describe(privileges(options)), {
    kind: session.kind,
    name: session.name,
    append: options.append ?? false,
    addColumns: options.addColumns ?? false,
    addStatement: (added) => session.addStatement(added),
  })
  const run = new ExportRun(options, definition, plan)
  const { staged, counts, ...read } = await run.finish()
  return {
    table: definition.name,
    version: table.version,
    to: session.name,
    ...read,
    ...staged,
    ...counts,
    unchanged: options.append ? 0 : staged.records - counts.inserted - counts.updated,
    created: plan.isNew,
    addedColumns: plan.added.map(({ name }) => name),
    elapsedMs: Math.round(performance.now() - startedAt),
  }
}
