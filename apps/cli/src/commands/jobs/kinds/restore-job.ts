import {
  type JobSummary,
  type RestoredPart,
  type RestoreProgressFacts,
  restoreFacts,
  resumeRestore,
} from '@chatlayer-tables/transfer'
import { asLocked, runRestore } from '../../../jobs/run-restore.ts'
import { lockTables } from '../../../table-locks.ts'
import { connectAgain } from './connect-again.ts'
import type { JobKind } from './job-kind.ts'

export const restoreJob: JobKind = {
  list(job) {
    const { parts, createdAt, input } = restoreFacts(job.id, job.facts)
    const tables = parts.map(({ into, version }) => `${into.name}@${version.toLowerCase()}`)
    const restored = restoredOf(job)
    const sum = (count: (part: RestoredPart) => number): number | null =>
      restored.length === 0 ? null : restored.reduce((total, part) => total + count(part), 0)
    return {
      begun: createdAt,
      file: input.name,
      table: tables.length === 1 ? (tables[0] ?? '') : `${tables.length} tables`,
      written: sum(({ inserted, updated }) => inserted + updated),
      rejected: sum(({ rejected }) => rejected),
      unknown: sum(({ unknown }) => unknown),
    }
  },

  show(job) {
    const { connection, parts, input, createdAt } = restoreFacts(job.id, job.facts)
    const restored = restoredOf(job)
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
      ...restored.map((part) => {
        const { into, inserted, updated, rejected, unknown, unsent, storedOtherwise } = part
        const stored = storedOtherwise > 0 ? `, ${storedOtherwise} stored otherwise` : ''
        const counts = `${inserted + updated} written, ${rejected} rejected, ${unknown} unknown, ${unsent} not sent${stored}`
        return [
          part.finished ? 'done' : 'begun',
          `${into.table} (${into.version}): ${counts}`,
        ] as const
      }),
    ]
  },

  async resume(context, options, store, { id, facts }) {
    const { connection, parts, acceptStored: isAccepted } = restoreFacts(id, facts)
    context.journal.prepare(options)
    await using client = await connectAgain(context, options, connection)
    using _locks = await lockTables(context, options, client, parts.map(asLocked))
    const acceptStored = options.acceptStored || isAccepted === true
    const job = store.open(id)
    return await runRestore(context, client, { acceptStored }, (run) =>
      resumeRestore({ ...run, job }),
    )
  },
}

/** What this program has written, under a format that the store has checked. */
function restoredOf({ report }: JobSummary): RestoredPart[] {
  const { restored = [] } = (report ?? {}) as Partial<RestoreProgressFacts>
  return restored.filter((part) => part !== null)
}
