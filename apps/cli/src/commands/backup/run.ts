import { type BackupReport, type ChangedTable, createBackup } from '@chatlayer-tables/transfer'
import { connect } from '../../connection.ts'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { UsageError } from '../../failures.ts'
import { Events } from '../../output/events.ts'
import { formatBytes, formatCount, formatSeconds, Progress, plural } from '../../output/progress.ts'
import { readVersion } from '../../release.ts'
import { readTables, readVersions } from '../../version-list.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const { messages } = context
  if (options.output === undefined) {
    throw new UsageError(
      'no output file is specified',
      'Pass -o with a file name, such as -o bot.zip.',
    )
  }
  const versions = readVersions(options) ?? ['DRAFT', 'LIVE']
  const tables = readTables(options.tables)
  await using client = await connect(context, options)
  const progress = new Progress(messages)
  const events = new Events(context)
  const report = await createBackup({
    client,
    file: options.output,
    tables,
    versions,
    createdBy: `chatlayer-tables ${readVersion()}`,
    signal: context.stop,
    onProgress(state) {
      progress.show(
        () =>
          `table ${state.done + 1} of ${state.total}, "${state.table}" (${state.version}): ${formatCount(state.records)} records`,
      )
      events.progress(state)
    },
    onChanged: (changed) => void reportChanged(context, events, changed),
  })
  await progress.end()
  await reportResult(context, report)
  await events.event('end', report)
  return report.consistent ? EXIT.ok : EXIT.gateway
}

async function reportChanged(
  { messages }: Context,
  events: Events,
  { table, version, attempt, isLast, error }: ChangedTable,
): Promise<void> {
  const end = isLast ? '' : '; reading it again'
  await messages.note(`"${table}" (${version}) changed while being read${end}`)
  const { code, message } = error
  await events.event('changed', { table, version, attempt, isLast, error: { code, message } })
}

async function reportResult({ messages }: Context, report: BackupReport): Promise<void> {
  for (const { table, version, consistent, oddValues } of report.tables) {
    const name = `"${table}" (${version})`
    if (!consistent) {
      await messages.say(
        `warning: ${name} kept changing: the backup contains what was read, but records may be missing. Back it up again when there are fewer writes`,
      )
    }
    if (oddValues > 0) {
      await messages.note(
        `${name} has ${formatCount(oddValues)} values that do not match the type of their column or have no column; they are stored unchanged`,
      )
    }
  }
  const tables = new Set(report.tables.map(({ table }) => table)).size
  const versions = [...new Set(report.tables.map(({ version }) => version))].join(' and ')
  await messages.note(
    `backed up ${plural(tables, 'table')}${versions && ` (${versions})`}, ${plural(report.records, 'record')}, to ${report.file} (${formatBytes(report.bytes)}) in ${formatSeconds(report.elapsedMs)}`,
  )
}
