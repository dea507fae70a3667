/** `clt apply`: writes what `chatlayer.yaml` changes. */
import { readSmallFile, SmallFileError } from '@chatlayer-tables/local'
import {
  applyProject,
  type PlanFile,
  type ProjectPlan,
  parseAllowance,
  parsePlanFile,
} from '@chatlayer-tables/transfer/project'
import { checkCanAsk, confirmOrThrow } from '../../confirm.ts'
import type { Context } from '../../context.ts'
import type { ExitCode } from '../../exit-codes.ts'
import { UsageError } from '../../failures.ts'
import { checkedJobStore } from '../../jobs/job-store.ts'
import { runApply } from '../../jobs/run-apply.ts'
import { namesIn } from '../../options/project.ts'
import { withFailureHook } from '../../project/failure-hook.ts'
import { showPlan, writesOf } from '../../project/plan-text.ts'
import { CommandHost } from '../../project/project-host.ts'
import { readProject } from '../../project/read-project.ts'
import type { Options } from './definition.ts'

/** Number of changes of each sync that are shown before a confirmation. */
const SAMPLE = 5

export async function run(options: Options, context: Context): Promise<ExitCode> {
  if (options.queue) {
    const { queueApply } = await import('./queue-apply.ts')
    return await queueApply(options, context)
  }
  if (options.follow || options.name !== undefined || options.priority !== 0) {
    throw new UsageError('--follow, --name and --priority are for --queue')
  }
  if (!options.yes) checkCanAsk(context, 'run clt plan to see what would change')
  const project = await readProject(options, context)
  const store = await checkedJobStore(context)
  const plan = options.plan === undefined ? undefined : await readPlan(options.plan)
  const only = namesIn(options) ?? plan?.project.only
  const host = new CommandHost(context, { ...options, isPlan: false })
  const failed = { command: 'apply', syncs: only ?? [] }
  return await withFailureHook(context, project, failed, () =>
    runApply(context, { host, acceptStored: options.acceptStored }, (run, output) =>
      applyProject({
        ...run,
        project,
        only,
        plan,
        allow: options.allow.map(parseAllowance),
        examples: SAMPLE,
        store,
        async onPlan(plan) {
          await output.plan(plan)
          // A confirmation shows the changes, also under --quiet.
          if (!(options.yes && context.quiet)) await show(plan, context, host)
          if (plan.status !== 'changes' || options.yes) return
          await confirmOrThrow(context, `Apply ${writesOf(plan)}?`)
        },
      }),
    ),
  )
}

async function show(plan: ProjectPlan, context: Context, host: CommandHost): Promise<void> {
  await showPlan(context, plan, { examples: SAMPLE, columnsOf: (table) => host.columnsOf(table) })
}

const MAX_BYTES = 10_000_000

async function readPlan(file: string): Promise<PlanFile> {
  try {
    return parsePlanFile(await readSmallFile(file, { maxBytes: MAX_BYTES }), file)
  } catch (error) {
    if (!(error instanceof SmallFileError)) throw error
    const hint = 'Write one with: clt plan --out FILE'
    throw new UsageError(`cannot read the plan ${file}: ${error.message}`, hint)
  }
}
