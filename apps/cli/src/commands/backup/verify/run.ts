import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { Events } from '../../../output/events.ts'
import { formatBytes, plural } from '../../../output/progress.ts'
import { problemLine, verifyWithProgress } from '../../../verify-backup.ts'
import type { Options } from './definition.ts'

export async function run({ archive }: Options, context: Context): Promise<ExitCode> {
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
      hint: 'Use another copy, or an earlier backup.',
    })
    return EXIT.usage
  }
  for (const { name, records: entries } of manifest?.tables ?? []) {
    for (const { version, consistent } of entries) {
      if (consistent) continue
      await messages.say(`warning: "${name}" (${version}) kept changing during the backup`)
    }
  }
  await messages.note(
    `${archive} is intact: ${plural(tables, 'table')}, ${plural(records, 'record')}, ${formatBytes(size)}`,
  )
  return EXIT.ok
}
