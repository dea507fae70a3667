/** `clt export --to`: writes a table to a database. */
import { type DatabaseExportReport, exportToDatabase } from '@chatlayer-tables/sources'
import { readConditions } from '../../conditions.ts'
import { checkCanAsk, confirmOrThrow } from '../../confirm.ts'
import { openTableToRead } from '../../connection.ts'
import type { Context } from '../../context.ts'
import { countsText, openDatabase, WHOLE_REASONS } from '../../database-target.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { countOf } from '../../output/preview-output.ts'
import { formatSeconds, Progress, plural } from '../../output/progress.ts'
import { parseColumns } from '../../where.ts'
import type { Options } from './definition.ts'

export async function exportTo(options: Options, context: Context, to: string): Promise<ExitCode> {
  if (options.delete && !options.dryRun && !options.yes) checkCanAsk(context)
  const where = readConditions(options)
  const select = options.select.length === 0 ? undefined : options.select.flatMap(parseColumns)
  await using table = await openTableToRead(context, options)
  await using session = await openDatabase(to, context)
  const progress = new Progress(context.messages)
  try {
    const report = await exportToDatabase({
      ...{ client: table.client, table: table.handle, session },
      ...{ where, select, limit: options.limit, sinceLast: options.since === 'last' },
      append: options.append,
      delete: options.delete,
      allowEmpty: options.allowEmpty,
      addColumns: options.addColumns,
      dryRun: options.dryRun,
      wait: options.wait,
      onWait: () =>
        void context.messages.say(`waiting: another export is writing to ${session.name}`),
      confirmDeletes: options.yes
        ? undefined
        : async (count) => {
            await progress.end()
            await confirmOrThrow(context, `Delete ${plural(count, 'row')} of ${session.name}?`)
          },
      onProgress: (records) =>
        progress.show(() => `exporting "${table.name}": ${countOf(records)}`),
      signal: context.stop,
    })
    await progress.end()
    await reportExport(context, report, options.dryRun)
    return EXIT.ok
  } catch (error) {
    await progress.end()
    throw error
  }
}

async function reportExport(
  { messages, json, out }: Context,
  report: DatabaseExportReport,
  dryRun: boolean,
): Promise<void> {
  const { records, table, version, to, elapsedMs, created, addedColumns, leftOut } = report
  const what = `${countOf(records)} of "${table}" (${version})`
  const verb = dryRun ? 'would export' : 'exported'
  await messages.note(
    `${verb} ${what} to ${to} in ${formatSeconds(elapsedMs)}: ${countsText(report)}`,
  )
  if (report.why !== undefined && !created) {
    await messages.note(`all records were read: ${WHOLE_REASONS[report.why]}`)
  }
  if (created) await messages.note(dryRun ? 'the table would be created' : 'the table was created')
  if (addedColumns.length > 0) {
    await messages.note(
      `${dryRun ? 'columns to add' : 'added columns'}: ${addedColumns.join(', ')}`,
    )
  }
  for (const name of leftOut) {
    await messages.say(
      `warning: records have values for "${name}", which was not a column of the table when the export started; these values were skipped. Export again`,
    )
  }
  if (json) await out.write(`${JSON.stringify({ ...report, dryRun })}\n`)
}
