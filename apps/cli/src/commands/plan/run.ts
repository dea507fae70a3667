/** `clt plan`: shows what `chatlayer.yaml` would change. */
import { writeFile } from 'node:fs/promises'
import { stringifyJson } from '@chatlayer-tables/core'
import {
  type ProjectPlan,
  parseAllowance,
  planFileOf,
  planProject,
} from '@chatlayer-tables/transfer/project'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { UsageError } from '../../failures.ts'
import { namesIn } from '../../options/project.ts'
import { PlanPage } from '../../pages/plan-page.ts'
import { PageOutput } from '../../pages/write-page.ts'
import { planMarkdown } from '../../project/plan-markdown.ts'
import { headline, writePlan } from '../../project/plan-text.ts'
import { ProjectProgressLine } from '../../project/progress-line.ts'
import { CommandHost } from '../../project/project-host.ts'
import { readProject } from '../../project/read-project.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const { json, markdown, out: file, exitZero } = options
  if (json && markdown) throw new UsageError('--json and --markdown exclude each other')
  await using page = await PageOutput.create(context, options)
  const changes = page === undefined ? undefined : new PlanPage()
  const project = await readProject(options, context)
  const host = new CommandHost(context, { ...options, wait: false, isPlan: true })
  const progress = new ProjectProgressLine(context)
  const plan = await planProject({
    project,
    host,
    only: namesIn(options),
    allow: options.allow.map(parseAllowance),
    examples: options.examples,
    onDifference: changes?.onDifference,
    stop: context.stop,
    signal: context.abort,
    onProgress: (state) => progress.show(state),
  }).finally(() => progress.end())
  if (file !== undefined) await writePlanFile(file, plan, context)
  if (changes !== undefined) await page?.write('changes', changes.data(plan))
  if (page === undefined || json || markdown) await show(plan, options, context, host)
  else if (!page.isStdout) await context.out.write(`${headline(plan)}\n`)
  switch (plan.status) {
    case 'blocked':
      return EXIT.blocked
    case 'changes':
      return exitZero ? EXIT.ok : EXIT.changes
    case 'same':
      return EXIT.ok
  }
}

/** A plan that must not be applied is not written, so that no script applies an older file of this name. */
async function writePlanFile(
  file: string,
  plan: ProjectPlan,
  { messages }: Context,
): Promise<void> {
  if (plan.status === 'blocked') {
    await messages.say(`${file} was not written, since this plan cannot be applied`)
    return
  }
  await writeFile(file, `${JSON.stringify(planFileOf(plan), null, 2)}\n`)
  await messages.note(`wrote ${file}; apply it with: clt apply --plan ${file}`)
}

async function show(
  plan: ProjectPlan,
  { json, markdown, examples }: Options,
  { out, messages }: Context,
  host: CommandHost,
): Promise<void> {
  if (json) await out.write(`${stringifyJson(plan)}\n`)
  else if (markdown) await out.write(messages.redact(planMarkdown(plan)))
  else await writePlan(out, plan, { examples, columnsOf: (table) => host.columnsOf(table) })
  if (json || markdown) await messages.note(headline(plan))
}
