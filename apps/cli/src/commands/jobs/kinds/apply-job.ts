import { appliedSyncs, resumeApply } from '@chatlayer-tables/transfer/project'
import { UsageError } from '../../../failures.ts'
import { runApply } from '../../../jobs/run-apply.ts'
import { writesText } from '../../../jobs/sync-output.ts'
import { CommandHost } from '../../../project/project-host.ts'
import type { JobKind } from './job-kind.ts'

export const applyJob: JobKind<'apply'> = {
  show({ createdAt, project, parts, connection, checks }, report) {
    const { file, overlay } = project
    const counted = checks.reduce((sum, { checks: each }) => sum + each.length, 0)
    return [
      ['begun', createdAt],
      ['apply of', overlay === undefined ? file : `${file}, overlay ${overlay}`],
      ['gateway', connection.origin],
      ['team', connection.teamId],
      ['bot', connection.botId],
      ...parts.map(({ name, to, sync }) => {
        return [`sync ${name}`, `${to}: ${writesText(sync.plan)} planned`] as const
      }),
      ['checks', counted],
      ...appliedSyncs(report).map((synced) => {
        const { inserted, updated, deleted, rejected, unknown, unsent } = synced
        const written = `${inserted} inserted, ${updated} updated, ${deleted} deleted`
        const others = `${rejected} rejected, ${unknown} unknown, ${unsent} not sent`
        const target = `${synced.table}@${synced.version.toLowerCase()}`
        return [synced.finished ? 'done' : 'begun', `${target}: ${written}, ${others}`] as const
      }),
    ]
  },

  async resume(context, options, store, { id, facts }) {
    if (options.input !== undefined) {
      throw new UsageError('--input cannot be used with an apply, which has no single file')
    }
    const host = new CommandHost(context, {
      ...options,
      file: facts.project.file,
      isPlan: false,
    })
    const isAccepted = facts.parts.every(({ sync }) => sync.settings.acceptStored === true)
    const to = { host, acceptStored: options.acceptStored || isAccepted }
    await context.journal.prepare(options)
    const job = await store.open(id)
    return await runApply(context, to, (run) => resumeApply({ ...run, job }))
  },
}
