/** `clt backup show` and `clt backup verify`: an archive is looked at; no connection is needed. */
import { readBackup, verifyBackup } from '@chatlayer-tables/transfer'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { OptionsOf } from '../invocation.ts'
import { Events } from '../output/events.ts'
import { formatBytes, formatCount, Progress, plural } from '../output/progress.ts'
import { rowSink } from '../output/record-output.ts'
import { printable } from '../printable.ts'

export async function showBackup(
  { archive }: OptionsOf<'backup show'>,
  context: Context,
): Promise<ExitCode> {
  const { out, messages, json } = context
  const { manifest, tables } = await readBackup(archive)
  if (json) {
    const { tables: _, ...facts } = manifest
    await out.write(`${JSON.stringify({ ...facts, tables })}\n`)
    return EXIT.ok
  }
  const { createdAt, createdBy, source } = manifest
  await messages.note(`made ${createdAt} by ${createdBy}`)
  await messages.note(`of bot ${source.botId}, team ${source.teamId}, at ${source.origin}`)
  const names = ['table', 'version', 'records', 'consistent', 'columns']
  const sink = rowSink(
    out,
    names.map((name) => ({ name, type: name === 'records' ? 'int' : undefined })),
  )
  for (const { name, columns, records } of tables) {
    const shape = columns.map((column) => `${column.name} ${column.type}`).join(', ')
    for (const { version, records: count, consistent } of records) {
      await sink.row([name, version, count, consistent, shape])
    }
  }
  await sink.end()
  await messages.note('what the backup says of itself; clt backup verify reads all of it')
  return EXIT.ok
}

export async function verifyArchive(
  { archive }: OptionsOf<'backup verify'>,
  context: Context,
): Promise<ExitCode> {
  const { messages } = context
  const events = new Events(context)
  const { problems, manifest, records, size, sha256 } = await verifyWithProgress(archive, context)
  for (const problem of problems) {
    await events.event('problem', problem)
    if (!context.json) await context.out.write(`${problemLine(problem)}\n`)
  }
  const tables = manifest?.tables.length ?? 0
  await events.event('end', {
    ...{ archive, ok: problems.length === 0, problems: problems.length },
    ...{ tables, records, bytes: size, sha256, consistent: manifest?.consistent },
  })
  if (problems.length > 0) {
    await messages.failure({
      message: `${archive} is damaged: ${plural(problems.length, 'problem')}`,
      hint: 'Take another copy of it, or an earlier backup.',
    })
    return EXIT.usage
  }
  for (const { name, records: entries } of manifest?.tables ?? []) {
    for (const { version, consistent } of entries) {
      if (consistent) continue
      await messages.say(`warning: "${name}" (${version}) kept changing while it was backed up`)
    }
  }
  await messages.note(
    `${archive} is well: ${plural(tables, 'table')}, ${plural(records, 'record')}, ${formatBytes(size)}`,
  )
  return EXIT.ok
}

/** The report of reading it all. */
export async function verifyWithProgress(file: string, { messages, stop }: Context) {
  const progress = new Progress(messages)
  const report = await verifyBackup({
    file,
    signal: stop,
    onProgress: ({ bytes, totalBytes, records }) =>
      progress.show(() =>
        records === 0
          ? `verifying: ${formatBytes(bytes)} of ${formatBytes(totalBytes)}`
          : `verifying: ${formatCount(records)} records`,
      ),
  })
  await progress.end()
  return report
}

export function problemLine({ place, reason }: { place: string; reason: string }): string {
  return printable(`${place}: ${reason}`)
}
