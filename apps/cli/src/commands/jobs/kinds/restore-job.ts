import { restoredParts, resumeRestore } from '@chatlayer-tables/transfer'
import { asLocked, runRestore } from '../../../jobs/run-restore.ts'
import { lockTables } from '../../../table-locks.ts'
import { connectAgain } from './connect-again.ts'
import { givenInput, type JobKind } from './job-kind.ts'

export const restoreJob: JobKind<'restore'> = {
  show({ connection, parts, input, createdAt }, report) {
    return [
      ['begun', createdAt],
      ['restore of', input.path],
      ['size', input.fingerprint.size],
      ['sha256', input.fingerprint.sha256],
      ['gateway', connection.origin],
      ['team', connection.teamId],
      ['bot', connection.botId],
      ...parts.map(({ from, into, version, mode, records }) => {
        const target = `${into.name} (${version}, ${into.id})`
        return [
          'table',
          `${from.table} (${from.version}) to ${target}, ${mode}, ${records} records`,
        ] as const
      }),
      ...restoredParts(report).map((part) => {
        const { into, inserted, updated, rejected, unknown, unsent, storedOtherwise } = part
        const stored = storedOtherwise > 0 ? `, ${storedOtherwise} stored differently` : ''
        const counts = `${inserted + updated} written, ${rejected} rejected, ${unknown} unknown, ${unsent} not sent${stored}`
        return [
          part.finished ? 'done' : 'begun',
          `${into.table} (${into.version}): ${counts}`,
        ] as const
      }),
    ]
  },

  async resume(context, options, store, { id, facts }) {
    const { connection, parts, acceptStored: isAccepted } = facts
    await context.journal.prepare(options)
    await using client = await connectAgain(context, options, connection)
    await using _locks = await lockTables(context, options, client, parts.map(asLocked))
    const acceptStored = options.acceptStored || isAccepted === true
    const job = await store.open(id)
    return await runRestore(context, client, { acceptStored }, (run) =>
      resumeRestore({ ...run, job, input: givenInput(options) }),
    )
  },
}
