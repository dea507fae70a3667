/** A plan that is shown on a page, and applied once it is approved there. */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ApplyReport,
  applyProject,
  PlanAgedError,
  type Project,
  type ProjectPlan,
  type ProjectProgress,
  parseAllowance,
  planFileOf,
  planProject,
} from '@chatlayer-tables/transfer/project'
import type {
  ChangeRowsPage,
  ChangesFacts,
  ProgressPage,
  ReviewFacts,
  WriteResult,
} from '@chatlayer-tables/views'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { describeFailure, UsageError } from '../../failures.ts'
import { jobStore } from '../../jobs/job-store.ts'
import { runApply } from '../../jobs/run-apply.ts'
import { namesIn } from '../../options/project.ts'
import type { Handlers } from '../../pages/page-server.ts'
import { PlanPage } from '../../pages/plan-page.ts'
import { redactData } from '../../pages/redact-data.ts'
import { ProjectProgressLine } from '../../project/progress-line.ts'
import { CommandHost } from '../../project/project-host.ts'
import type { Options } from './definition.ts'

/** The name of the review on the page. */
const ID = 'plan'
/** Age after which a plan is refused, as by `clt apply`. */
const MAX_AGE_MS = 24 * 60 * 60 * 1_000
const POLL_MS = 200
/** Time until a request is answered without news. */
const WAIT_MS = 5_000

interface Work {
  readonly project: Project
  readonly options: Options
  readonly context: Context
}

interface Planned {
  readonly plan: ProjectPlan
  readonly facts: ChangesFacts
  readonly rows: readonly ChangeRowsPage[]
  readonly digest: string
}

export class PlanSession {
  readonly #work: Work
  readonly #onEnd: () => void
  #planned: Planned | undefined
  #apply: Promise<ExitCode> | undefined
  /** Of a plan that was approved, and refused since it was out of date. */
  #refused: Promise<ExitCode> | undefined
  #isDeclined = false
  #progress: ProgressPage = { done: 0, message: 'Checking that the plan is up to date.' }
  #result: WriteResult | undefined
  #report: ApplyReport | undefined

  /** @param onEnd called once the page has the last answer */
  constructor(work: Work, onEnd: () => void) {
    this.#work = work
    this.#onEnd = onEnd
  }

  /** The exit code of an approved plan; undefined if it was not approved. */
  get applied(): Promise<ExitCode | undefined> {
    return Promise.resolve(this.#apply ?? this.#refused)
  }

  /** Makes a plan, which replaces the last one. */
  async plan(): Promise<void> {
    const { project, options, context } = this.#work
    const page = new PlanPage()
    const progress = new ProjectProgressLine(context)
    const plan = await planProject({
      ...{ project, host: new CommandHost(context, { ...options, wait: false, isPlan: true }) },
      only: namesIn(options),
      allow: options.allow.map(parseAllowance),
      examples: 0,
      onDifference: page.onDifference,
      ...{ stop: context.stop, signal: context.abort },
      onProgress: (state) => progress.show(state),
    }).finally(() => progress.end())
    const redact = (text: string): string => context.messages.redact(text)
    const { changes, changeRows = [] } = redactData(page.data(plan), redact).data
    const digest = createHash('sha256')
      .update(JSON.stringify(planFileOf(plan)))
      .digest('base64url')
    this.#planned = { plan, facts: changes, rows: changeRows, digest }
  }

  readonly handlers: Handlers = {
    changes: async () => {
      // The page asks again after a plan was refused.
      if (this.#result?.isOutdated === true) {
        this.#refused = this.#apply
        this.#apply = undefined
        this.#result = undefined
        await this.plan()
      }
      const { facts } = this.#current()
      const review = this.#review()
      return { ...facts, ...(review !== undefined && { review }) }
    },
    changeRows: async ({ set, offset, limit }) => {
      const rows = this.#current().rows[set]?.rows ?? []
      return { rows: rows.slice(offset, offset + limit) }
    },
    approve: async ({ review, digest, ticked, note }) => {
      this.#check(review)
      const planned = this.#current()
      if (this.#isDeclined || this.#apply !== undefined) {
        throw new UsageError('this plan was decided before')
      }
      if (planned.plan.status !== 'changes' || digest !== planned.digest) {
        throw new UsageError('this is not the plan that was shown')
      }
      if (ticked !== undefined) throw new UsageError('a plan can only be applied as a whole')
      this.#apply = this.#run(planned, note)
      // Its error is reported where the command waits for it.
      this.#apply.catch(() => undefined)
      return { state: 'approved', message: 'Approved. Applying the plan.' }
    },
    decline: async ({ review }) => {
      this.#check(review)
      if (this.#apply !== undefined) throw new UsageError('this plan was decided before')
      this.#isDeclined = true
      this.#onEnd()
      return { state: 'declined', message: 'Declined. Nothing was written.' }
    },
    progress: async ({ review }, signal) => {
      this.#check(review)
      const before = this.#progress
      for (let waited = 0; waited < WAIT_MS; waited += POLL_MS) {
        if (this.#result !== undefined) break
        if (this.#progress !== before) return this.#progress
        await sleep(POLL_MS, undefined, { signal })
      }
      if (this.#result === undefined) return this.#progress
      if (this.#result.isOutdated !== true) this.#onEnd()
      return { ...this.#progress, result: this.#result }
    },
  }

  #current(): Planned {
    if (this.#planned === undefined) throw new Error('there is no plan')
    return this.#planned
  }

  #check(review: string): void {
    if (review !== ID) throw new UsageError('this page shows only the plan')
  }

  /** A plan with nothing to do, or one that is blocked, has nothing to approve. */
  #review(): ReviewFacts | undefined {
    const { plan, digest } = this.#current()
    if (plan.status !== 'changes') return undefined
    const state = this.#result?.state ?? (this.#apply !== undefined ? 'approved' : 'pending')
    return {
      ...{ id: ID, digest, canTick: false },
      state: this.#isDeclined ? 'declined' : state,
      expiresAt: new Date(Date.parse(plan.createdAt) + MAX_AGE_MS).toISOString(),
      ...(this.#result !== undefined && { result: this.#result }),
    }
  }

  async #run({ plan }: Planned, note: string | undefined): Promise<ExitCode> {
    const { project, options, context } = this.#work
    const flags = { ...options, ...(note !== undefined && { note }), isPlan: false }
    const host = new CommandHost(context, flags)
    try {
      const exit = await runApply(context, { host, acceptStored: options.acceptStored }, (run) =>
        this.#applyAs(run, plan, project, options, context),
      )
      this.#result ??= await this.#finished(exit)
      return exit
    } catch (error) {
      const message = context.messages.redact(describeFailure(error)?.message ?? String(error))
      this.#result = { state: 'done', message: `${message}.` }
      throw error
    }
  }

  async #applyAs(
    run: Parameters<Parameters<typeof runApply>[2]>[0],
    plan: ProjectPlan,
    project: Project,
    options: Options,
    context: Context,
  ): Promise<ApplyReport> {
    try {
      this.#report = await applyProject({
        ...run,
        ...{ project, plan: planFileOf(plan), only: namesIn(options), examples: 0 },
        allow: options.allow.map(parseAllowance),
        store: await jobStore(context),
        onProgress: (state) => {
          run.onProgress?.(state)
          this.#progress = progressOf(state)
        },
      })
      return this.#report
    } catch (error) {
      if (error instanceof PlanAgedError) {
        this.#result = { state: 'expired', isOutdated: true, message: `${error.message}.` }
      }
      throw error
    }
  }

  async #finished(exit: ExitCode): Promise<WriteResult> {
    const { context } = this.#work
    const sums = { inserted: 0, updated: 0, deleted: 0, rejected: 0, unknown: 0 }
    for (const { report } of this.#report?.syncs ?? []) {
      for (const name of NAMES) sums[name] += report[name]
    }
    const texts = NAMES.filter((name) => sums[name] > 0).map((name) => `${sums[name]} ${name}`)
    const { job } = this.#report ?? {}
    const sets = job === undefined ? [] : await context.journal.changesOf(job)
    const isWell = exit === EXIT.ok || exit === EXIT.storedOtherwise
    const end = isWell ? 'Applied' : 'Not all of it was applied; the terminal shows why'
    return {
      state: 'done',
      message: `${end}: ${texts.join(', ') || 'nothing was written'}.`,
      counts: sums,
      changeSets: sets.map(({ id }) => id),
    }
  }
}

const NAMES = ['inserted', 'updated', 'deleted', 'rejected', 'unknown'] as const

function progressOf(state: ProjectProgress): ProgressPage {
  const { sync, number, syncs, phase, ok, rejected, unknown, planned, records } = state
  if (sync === undefined) return { done: 0, message: 'evaluating checks' }
  const message = `${sync} (${number} of ${syncs}): ${phase}`
  const isWriting = phase === 'inserting' || phase === 'updating' || phase === 'deleting'
  if (isWriting) return { done: ok + rejected + unknown, total: planned, message }
  return { done: records, message }
}
