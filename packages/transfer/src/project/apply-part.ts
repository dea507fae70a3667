/** One sync of an apply: its writes, which are planned already, and the proof. */
import { InvalidInputError, type Table } from '@chatlayer-tables/core'
import type { SideInput } from '../compare/compare-types.ts'
import { resumeJob, startJob } from '../job/engine.ts'
import type { Job } from '../job/job.ts'
import type { JobKind } from '../job/job-kind.ts'
import type { JobStore } from '../job/job-store.ts'
import type { SyncFacts } from '../sync/sync-facts.ts'
import { checkStillThere, nothingToDo, SYNC_JOB } from '../sync/sync-job.ts'
import { SyncRun, type SyncWork } from '../sync/sync-run.ts'
import type { SyncReport, SyncRunOptions } from '../sync/sync-types.ts'
import type { ApplyPart } from './apply-facts.ts'

/** What is opened for a part. */
export interface PartWork {
  readonly part: ApplyPart
  readonly definition: Table
  readonly source: SideInput
  /** Of the writes, and of copies. */
  readonly folder: string
}

type PartRun = SyncRunOptions & { readonly work: PartWork }

interface PartJob {
  facts: SyncFacts
  begin: PartRun & { readonly store: JobStore }
  resume: PartRun & { readonly job: Job }
  work: SyncWork
  report: SyncReport
}

/** A sync whose writes are known before it begins. */
const PART_JOB: JobKind<PartJob> = {
  name: SYNC_JOB.name,

  async begin(options, _folder, carryOut) {
    const { part } = options.work
    await checkStillThere(options, part.counts)
    return await carryOut(part.sync, workOf(options.work))
  },

  resume: (options, _facts, carryOut) => carryOut(workOf(options.work)),

  // The folder of the part is one of the whole job.
  files: () => [],

  run: (job, facts, options, work) => new SyncRun(job, facts, options, work),

  overview: (facts, report) => SYNC_JOB.overview(facts, report),
}

function workOf({ definition, source, folder }: PartWork): SyncWork {
  return { definition, source, folder }
}

/**
 * Continues a part from where an earlier process left it.
 *
 * @param store of the job of this part
 * @throws TableChangedError before the first write, when the table has other records than when it was
 *   compared; ChatlayerError when it cannot be read
 */
export async function runPart(
  options: SyncRunOptions,
  work: PartWork,
  store: JobStore,
): Promise<SyncReport> {
  const startedAt = performance.now()
  const [begun, other] = await store.list()
  if (other !== undefined) throw new InvalidInputError(`the job in ${work.folder} is there twice`)
  if (begun?.status === 'done') return begun.report as SyncReport
  const run = { ...options, work }
  if (begun !== undefined) {
    return await resumeJob(PART_JOB, { ...run, job: await store.open(begun.id) })
  }
  const { inserts, updates, deletes } = work.part.sync.plan
  if (inserts + updates + deletes > 0) return await startJob(PART_JOB, { ...run, store })
  return nothingToDo(work.part.sync, work.part.counts, startedAt)
}
