/** The plan of `chatlayer.yaml` in the browser: approving it there applies exactly that plan. */

import { NotConfirmed } from '../../confirm.ts'
import type { Context } from '../../context.ts'
import type { ExitCode } from '../../exit-codes.ts'
import { checkedJobStore } from '../../jobs/job-store.ts'
import { namesIn } from '../../options/project.ts'
import { runPage } from '../../pages/run-page.ts'
import { withFailureHook } from '../../project/failure-hook.ts'
import { readProject } from '../../project/read-project.ts'
import { checkTerminal } from './decide-review.ts'
import type { Options } from './definition.ts'
import { PlanSession } from './plan-session.ts'

/** Time for the last answer to arrive before the page ends. */
const END_MS = 1_000

/** @throws NotConfirmed if the plan was not approved */
export async function reviewPlan(options: Options, context: Context): Promise<ExitCode> {
  checkTerminal(context)
  const project = await readProject(options, context)
  await checkedJobStore(context)
  const failed = { command: 'review plan', syncs: namesIn(options) ?? [] }
  return await withFailureHook(context, project, failed, async () => {
    const end = new AbortController()
    const session = new PlanSession({ project, options, context }, () =>
      setTimeout(() => end.abort(), END_MS),
    )
    await session.plan()
    const stop = AbortSignal.any([context.stop, end.signal])
    const { handlers } = session
    await runPage({ ...context, stop }, { page: 'changes', handlers, browser: true })
    const exit = await session.applied
    if (exit === undefined) throw new NotConfirmed('not approved; nothing was changed')
    return exit
  })
}
