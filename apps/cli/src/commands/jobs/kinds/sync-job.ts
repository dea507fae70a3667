import { type ReadBack, resumeSync, type SyncReport, sourceLabel } from '@chatlayer-tables/transfer'
import { openTableToRead, openTableToWrite } from '../../../connection.ts'
import { runSync } from '../../../jobs/run-sync.ts'
import {
  asSource,
  closeSides,
  connectionOf,
  type OpenTableSide,
  openTableSide,
} from '../../../sides.ts'
import { givenInput, type JobKind } from './job-kind.ts'

export const syncJob: JobKind<'sync'> = {
  show(facts, kept) {
    const { source, table, version, connection, settings, plan } = facts
    const lines: [string, string | number][] = [
      ['begun', facts.createdAt],
      ['sync from', sourceLabel(source)],
    ]
    if (source.kind === 'table') {
      lines.push(
        ['source id', source.id],
        ['source gateway', source.connection.origin],
        ['source bot', source.connection.botId],
      )
    } else {
      lines.push([
        source.reading?.inputKind ?? 'file',
        source.path ?? `${source.name}, copied into the job`,
      ])
    }
    lines.push(
      ['table', `${table.name} (${table.id})`],
      ['version', version],
      ['gateway', connection.origin],
      ['team', connection.teamId],
      ['bot', connection.botId],
      ['settings', JSON.stringify(settings)],
    )
    for (const [what, count] of Object.entries(plan)) lines.push([`planned ${what}`, count])
    // Written by this program; the store has checked the format.
    const report = kept as SyncReport | undefined
    if (report === undefined) return lines
    const { inserted, updated, deleted, rejected, unknown, unsent, readBack } = report
    const counts = {
      ...{ inserted, updated, deleted, rejected, unknown, 'not sent': unsent },
      'stored differently': report.storedOtherwise,
    }
    lines.push(...Object.entries(counts))
    if (readBack !== undefined) lines.push(['read back', readBackText(readBack)])
    for (const { change, outcome, key, reason } of report.problems) {
      lines.push([`${change} ${OUTCOMES[outcome]}`, `${JSON.stringify(key)}: ${reason}`])
    }
    return lines
  },

  async resume(context, flags, store, { id, facts }) {
    const { source: from, table, version, profiles, settings } = facts
    let target: OpenTableSide | undefined
    let source: OpenTableSide | undefined
    try {
      const name = reference(profiles.target, table.id, version)
      const opened = await openTableSide(context, flags, name, openTableToWrite)
      target = opened
      if (from.kind === 'table') {
        const other = reference(profiles.source, from.id, from.version)
        source = await openTableSide(context, flags, other, openTableToRead)
      }
      const given = source && asSource(source)
      const acceptStored = flags.acceptStored || settings.acceptStored === true
      const to = { ...flags, acceptStored, client: opened.open.client, handle: opened.handle }
      return await runSync(context, to, async (run) =>
        resumeSync({
          ...run,
          table: opened.handle,
          connection: connectionOf(opened.open),
          source: given,
          job: await store.open(id),
          input: givenInput(flags),
        }),
      )
    } finally {
      await closeSides(source, target)
    }
  },
}

const OUTCOMES = { rejected: 'rejected', unknown: 'unknown', stored: 'stored differently' } as const

function readBackText({ equal, onlyStored }: Pick<ReadBack, 'equal' | 'onlyStored'>): string {
  if (equal) return 'equal'
  return onlyStored ? 'differs only in values stored differently' : 'differs'
}

function reference(profile: string | undefined, table: string, version: string): string {
  return `${profile ?? ''}:${table}@${version.toLowerCase()}`
}
