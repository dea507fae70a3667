/** `clt run`: applies syncs of `chatlayer.yaml` without asking. */
import { applyProject, parseAllowance } from '@chatlayer-tables/transfer/project'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { checkedJobStore } from '../../jobs/job-store.ts'
import { runApply } from '../../jobs/run-apply.ts'
import { withFailureHook } from '../../project/failure-hook.ts'
import { CommandHost } from '../../project/project-host.ts'
import { readProject } from '../../project/read-project.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const project = await readProject(options, context)
  const store = await checkedJobStore(context)
  const { syncs, acceptStored, allow } = options
  const host = new CommandHost(context, { ...options, wait: false, isPlan: false })
  return await withFailureHook(context, project, { command: 'run', syncs }, async () => {
    try {
      return await runApply(context, { host, acceptStored, silent: true }, (run, output) =>
        applyProject({
          ...run,
          project,
          only: syncs,
          allow: allow.map(parseAllowance),
          store,
          onPlan: (plan) => output.plan(plan),
        }),
      )
    } catch (error) {
      if (!isLocked(error)) throw error
      await context.messages.say(`${error.message}; nothing was written`)
      return EXIT.busy
    }
  })
}

function isLocked(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'LOCKED'
}
