import { readBackup } from '@chatlayer-tables/transfer'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { rowSink } from '../../../output/record-output.ts'
import type { Options } from './definition.ts'

export async function run({ archive }: Options, context: Context): Promise<ExitCode> {
  const { out, messages, json } = context
  const { manifest, tables } = await readBackup(archive)
  if (json) {
    const { tables: _, ...facts } = manifest
    await out.write(`${JSON.stringify({ ...facts, tables })}\n`)
    return EXIT.ok
  }
  const { createdAt, createdBy, source } = manifest
  await messages.note(`created ${createdAt} by ${createdBy}`)
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
  await messages.note('not verified; to read the whole backup, run: clt backup verify')
  return EXIT.ok
}
