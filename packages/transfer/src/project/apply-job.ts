/** The kind of job that an apply is: how it is begun and resumed. */
import { join } from 'node:path'
import { InvalidInputError } from '@chatlayer-tables/core'
import { openMirrors } from '@chatlayer-tables/mirror'
import { anyOf } from '../job/any-of.ts'
import { resumeJob, startJob } from '../job/engine.ts'
import type { JobKind } from '../job/job-kind.ts'
import { checkConnection, checkTable } from '../job/same-job.ts'
import { sourceOf, syncFiles } from '../sync/sync-job.ts'
import type { SyncReport } from '../sync/sync-types.ts'
import type { ApplyFacts, ApplyPart, ApplyProgressFacts } from './apply-facts.ts'
import { ApplyRun, type ApplyWork } from './apply-run.ts'
import type {
  ApplyOptions,
  ApplyReport,
  ApplyRunOptions,
  ResumeApplyOptions,
} from './apply-types.ts'
import { checkProjectTables } from './check-tables.ts'
import { type MadePlan, partFolder, withPlan } from './make-plan.ts'
import { type NamedTable, type OpenSync, OpenTables } from './open-project.ts'
import { PlanBlockedError } from './plan-errors.ts'
import { checkPlanProject, checkSamePlan } from './plan-file.ts'
import type { PlannedPart } from './plan-part.ts'
import type { ProjectPlan } from './plan-types.ts'
import type { TableChecks } from './project-types.ts'
import type { Snapshot } from './snapshot.ts'

/**
 * Makes the tables of a project what their sources are: plans all syncs, then writes, reads back and
 * checks. Nothing is written while a limit is exceeded, the schema drifted, a check would be broken or
 * a value cannot be written, and nothing but what was planned.
 *
 * The apply is one job in `store`: however this process ends, {@link resumeApply} resumes it, and no
 * write is lost or done twice. Problems of single writes, and an early end, are in the report.
 *
 * @throws PlanBlockedError, PlanAgedError for a plan that is not what there is to do now, as
 *   `planProject` does, and what `onPlan` throws; nothing has been written then, and no job is left
 */
export function applyProject(options: ApplyOptions): Promise<ApplyReport> {
  return startJob(APPLY_JOB, options)
}

/**
 * Resumes an apply: carries out the writes of its plan that have not ended. The job is closed when it
 * ends.
 *
 * @throws InvalidInputError when tables or connections are not what they were when the job began
 */
export function resumeApply(options: ResumeApplyOptions): Promise<ApplyReport> {
  return resumeJob(APPLY_JOB, options)
}

export interface ApplyJob {
  facts: ApplyFacts
  begin: ApplyOptions
  resume: ResumeApplyOptions
  work: ApplyWork
  report: ApplyReport
}

export const APPLY_JOB: JobKind<ApplyJob> = {
  name: 'apply',

  async begin(options, folder, carryOut) {
    const { project, plan: reviewed } = options
    const startedAt = performance.now()
    if (reviewed !== undefined) {
      checkPlanProject(reviewed, project, { maxAgeMs: options.maxPlanAgeMs })
    }
    await using locks = new Locks()
    const only = options.only ?? reviewed?.project.only
    const onOpen = async (syncs: readonly OpenSync[]): Promise<void> => {
      await locks.take(syncs.map(({ target }) => target))
    }
    return await withPlan({ ...options, only, folder, onOpen }, async (made) => {
      const { plan, parts, tables } = made
      if (reviewed !== undefined) checkSamePlan(reviewed, plan)
      await options.onPlan?.(plan)
      if (plan.status === 'blocked') throw new PlanBlockedError(plan)
      if (plan.status === 'same') return nothingToApply(plan, startedAt)
      const facts = factsOf(options, made)
      const check = checker(options, tables, facts.checks, folder)
      return await carryOut(facts, { plan, parts: parts.map(workOf), check })
    })
  },

  async resume(options, facts, carryOut) {
    const { job, host, stop, signal } = options
    const end = anyOf(stop, signal)
    await using tables = new OpenTables(host, facts.project, end)
    const targets: NamedTable[] = []
    for (const part of facts.parts) {
      const target = await tables.table(part.reference, 'write', undefined)
      const { handle, connection, definition } = target
      checkConnection(`the table of the sync "${part.name}"`, part.sync, connection, handle.version)
      checkTable(part.sync.table, definition, {
        code: 'TABLE_DEFINITION_CHANGED',
        data: { job: job.id, mayHaveWritten: true },
      })
      targets.push(target)
    }
    await using locks = new Locks()
    await locks.take(targets)
    const parts: ApplyWork['parts'][number][] = []
    for (const [index, part] of facts.parts.entries()) {
      const target = targets[index]
      if (target === undefined) continue
      const folder = partFolder(job.folder, index)
      const { handle: table, connection, definition } = target
      const source = await reopenSource(part, folder, tables)
      parts.push({ part, table, connection, definition, folder, source })
    }
    const check = checker(options, tables, facts.checks, job.folder)
    return await carryOut({ plan: undefined, parts, check })
  },

  files: ({ parts }) =>
    parts.flatMap(({ sync }, index) => syncFiles(sync.source, `parts/${index + 1}/`)),

  run: (job, facts, options, work) => new ApplyRun(job, facts, options, work),

  overview({ project, parts }, report) {
    const ended = appliedSyncs(report)
    const sum = (count: (each: (typeof ended)[number]) => number): number | null =>
      ended.length === 0 ? null : ended.reduce((total, each) => total + count(each), 0)
    return {
      input: project.overlay === undefined ? project.file : `${project.file} (${project.overlay})`,
      tables: parts.map(({ to }) => to),
      written: sum(({ inserted, updated, deleted }) => inserted + updated + deleted),
      rejected: sum(({ rejected }) => rejected),
      unknown: sum(({ unknown }) => unknown),
    }
  },
}

/** Reports of the syncs that have ended, as the job keeps them. @param report undefined where there is none */
export function appliedSyncs(report: unknown): SyncReport[] {
  const { synced = [] } = (report ?? {}) as Partial<ApplyProgressFacts>
  return synced.filter((each) => each !== null)
}

class Locks implements AsyncDisposable {
  readonly #held: AsyncDisposable[] = []

  /** In one order, so that two processes never wait for each other. */
  async take(tables: readonly NamedTable[]): Promise<void> {
    const sorted = tables.toSorted((a, b) => (a.identity < b.identity ? -1 : 1))
    for (const { lock } of sorted) {
      const held = await lock?.()
      if (held !== undefined) this.#held.push(held)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const lock of this.#held.splice(0).reverse()) await lock[Symbol.asyncDispose]()
  }
}

function nothingToApply(plan: ProjectPlan, startedAt: number): ApplyReport {
  return {
    ...{ job: undefined, finished: true, stopped: undefined, plan, syncs: [], left: [] },
    ...{ checks: plan.checks, notChecked: undefined, ok: true },
    elapsedMs: Math.round(performance.now() - startedAt),
  }
}

function factsOf({ project, queued }: ApplyOptions, { plan, parts }: MadePlan): ApplyFacts {
  const [first] = parts
  if (first === undefined) throw new Error('there is nothing to apply')
  const { file, overlay, connection } = project
  const checked = new Set(plan.checks.map(({ table }) => table))
  return {
    kind: 'apply',
    queued,
    createdAt: new Date().toISOString(),
    connection: first.facts.connection,
    project: { file, overlay, connection },
    parts: parts.map(partOf),
    checks: project.checks.filter(({ table }) => checked.has(table)),
  }
}

function partOf({ sync, facts, counts, planned }: PlannedPart): ApplyPart {
  const { spec } = sync
  return {
    ...{ name: spec.name, reference: spec.to, to: planned.to, after: planned.after },
    source: facts.source.kind === 'table' ? spec.from : undefined,
    ...{ sync: facts, counts },
  }
}

function workOf(planned: PlannedPart): ApplyWork['parts'][number] {
  const { sync, definition, source, folder } = planned
  const { handle: table, connection } = sync.target
  return { part: partOf(planned), table, connection, definition, source, folder }
}

async function reopenSource(part: ApplyPart, folder: string, tables: OpenTables) {
  const { source: spec, sync } = part
  if (spec === undefined) return await sourceOf(sync.source, folder, undefined)
  const { source } = await tables.source({ from: spec })
  if (source.kind !== 'table') {
    throw new InvalidInputError(`the source of the sync "${part.name}" was a table`, {
      hint: 'Open the same table again.',
    })
  }
  return await sourceOf(sync.source, folder, source)
}

/** Checks tables as they are now. */
function checker(
  { stop, signal }: ApplyRunOptions,
  tables: OpenTables,
  checks: readonly TableChecks[],
  folder: string,
): ApplyWork['check'] {
  return async () => {
    using mirrors = openMirrors({ folder: join(folder, 'sql') })
    const results = new Map<string, Snapshot>()
    try {
      return await checkProjectTables({
        ...{ mirrors, tables, results, on: 'live', isChosen: () => true },
        ...{ project: { checks }, signal: anyOf(stop, signal) },
      })
    } finally {
      for (const snapshot of results.values()) snapshot[Symbol.dispose]()
    }
  }
}
