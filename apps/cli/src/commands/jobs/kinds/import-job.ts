import { type ImportReport, resumeImport } from '@chatlayer-tables/transfer'
import { runImport } from '../../../jobs/run-import.ts'
import { connectAgain } from './connect-again.ts'
import { givenInput, type JobKind } from './job-kind.ts'

export const importJob: JobKind<'import'> = {
  show(facts, kept) {
    const { connection, table, input, settings } = facts
    // Written by this program; the store has checked the format.
    const report = kept as ImportReport | undefined
    const lines: [string, string | number][] = [
      ['begun', facts.createdAt],
      [input.format?.inputKind ?? 'file', input.path ?? `${input.name}, copied into the job`],
      ['size', input.fingerprint.size],
      ['sha256', input.fingerprint.sha256],
      ['table', `${table.name} (${table.id})`],
      ['version', facts.version],
      ['gateway', connection.origin],
      ['team', connection.teamId],
      ['bot', connection.botId],
      ['settings', JSON.stringify(settings)],
    ]
    if (report === undefined) return lines
    const { read, ok, unchanged, rejected, unknown, unsent, storedOtherwise } = report
    const counts = {
      ...{ read, written: ok, unchanged, rejected, unknown, 'not sent': unsent },
      'stored differently': storedOtherwise,
    }
    lines.push(...Object.entries(counts))
    for (const file of Object.values(report.files))
      if (file !== undefined) lines.push(['see', file])
    return lines
  },

  async resume(context, options, store, { id, facts }) {
    const { table, version, connection, settings } = facts
    await context.journal.prepare(options)
    await using client = await connectAgain(context, options, connection)
    const job = await store.open(id)
    const handle = client.table(table.id, { version })
    const acceptStored = options.acceptStored || settings.acceptStored === true
    const again = { target: [`${table.name}@${version.toLowerCase()}`], settings }
    const run = { ...options, acceptStored, client, handle, again }
    return await runImport(context, run, (run) =>
      resumeImport({ ...run, job, input: givenInput(options) }),
    )
  },
}
