/** What `clt jobs` does with the job of a sync. */
import {
  type JobStore,
  resumeSync,
  type SyncFacts,
  type SyncReport,
  sourceLabel,
} from '@chatlayer-tables/transfer'
import { openTableToRead, openTableToWrite } from '../connection.ts'
import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'
import { useLittleMemory } from '../frugal-memory.ts'
import type { ConnectionFlags } from '../invocation.ts'
import { asSource, closeSides, connectionOf, type OpenTableSide, openTableSide } from '../sides.ts'
import { runSync } from './run-sync.ts'

/** What a list of jobs shows of it. */
export function syncRow(
  facts: SyncFacts,
  report: SyncReport | undefined,
): { file: string; counts: (number | null)[] } {
  const written = report && report.inserted + report.updated + report.deleted
  const counts = [written, report?.rejected, report?.unknown].map((count) => count ?? null)
  return { file: sourceLabel(facts.source), counts }
}

/** All that is told of it, beside what every job has. */
export function syncLines(
  { source, table, version, connection, settings, plan }: SyncFacts,
  report: SyncReport | undefined,
): [string, string | number][] {
  const lines: [string, string | number][] = [
    ['kind', 'sync'],
    ['source', sourceLabel(source)],
  ]
  if (source.kind === 'table') {
    lines.push(
      ['source id', source.id],
      ['source gateway', source.connection.origin],
      ['source bot', source.connection.botId],
    )
  } else {
    lines.push(['file', source.path ?? `${source.name}, of which the job keeps a copy`])
  }
  lines.push(
    ['table', `${table.name} (${table.id})`],
    ['version', version],
    ['gateway', connection.origin],
    ['team', connection.teamId],
    ['bot', connection.botId],
    ['settings', JSON.stringify(settings)],
    ...Object.entries(plan).map(([what, count]) => [`planned ${what}`, count] as [string, number]),
  )
  if (report !== undefined) {
    const { inserted, updated, deleted, rejected, unknown, unsent, readBack } = report
    const counts = { inserted, updated, deleted, rejected, unknown, 'not sent': unsent }
    lines.push(...Object.entries(counts))
    if (readBack !== undefined) lines.push(['read back', readBack.equal ? 'equal' : 'differs'])
    for (const { change, key, reason } of report.problems) {
      lines.push([`${change} refused`, `${JSON.stringify(key)}: ${reason}`])
    }
  }
  return lines
}

export async function resumeSyncJob(
  flags: ConnectionFlags,
  context: Context,
  store: JobStore,
  id: string,
  facts: SyncFacts,
): Promise<ExitCode> {
  useLittleMemory()
  const { source: from, table, version, profiles } = facts
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
    return await runSync(context, opened.open.client, (run) =>
      resumeSync({
        ...run,
        table: opened.handle,
        connection: connectionOf(opened.open),
        source: given,
        job: store.open(id),
      }),
    )
  } finally {
    await closeSides(source, target)
  }
}

function reference(profile: string | undefined, table: string, version: string): string {
  return `${profile ?? ''}:${table}@${version.toLowerCase()}`
}
