/** What the engine needs to know of a kind of job. */
import type { Job } from './job.ts'
import type { JobFile } from './job-files.ts'
import type { JobRun } from './job-run.ts'
import type { JobStore } from './job-store.ts'
import type { JobFacts, JobOptions, JobReport } from './job-types.ts'

/** The types that a kind of job is made of. */
export interface JobTypes {
  facts: JobFacts
  /** What a new job is given. */
  begin: JobOptions<never, never> & { readonly store: JobStore }
  /** What a job that is resumed is given. */
  resume: JobOptions<never, never> & { readonly job: Job }
  /** What is opened for a run: its input, the table's definition, locks. */
  work: unknown
  report: JobReport
}

/** A job in one line; figures are null where there are none yet. */
export interface JobOverview {
  /** The input as messages call it. */
  readonly input: string
  /** The tables that are written, such as `stores@draft`. */
  readonly tables: readonly string[]
  readonly written: number | null
  readonly rejected: number | null
  readonly unknown: number | null
}

export interface JobKind<T extends JobTypes> {
  readonly name: T['facts']['kind']

  /**
   * Opens the input and checks all that can be rejected before anything is written; then hands what
   * the job keeps and what was opened to `carryOut`, and closes what it opened when that has ended.
   *
   * @param folder of the job, for what else it keeps
   */
  begin(
    options: T['begin'],
    folder: string,
    carryOut: (facts: T['facts'], work: T['work']) => Promise<T['report']>,
  ): Promise<T['report']>

  /** The same for a job that is resumed, whose input and tables must be as they were. */
  resume(
    options: T['resume'],
    facts: T['facts'],
    carryOut: (work: T['work']) => Promise<T['report']>,
  ): Promise<T['report']>

  /** What another machine needs to resume the job, besides what the job keeps of its rows. */
  files(facts: T['facts']): readonly JobFile[]

  run(
    job: Job,
    facts: T['facts'],
    options: T['begin'] | T['resume'],
    work: T['work'],
  ): JobRun<T['facts'], JobOptions<never, never>, T['report']>

  /** @param report as the last run kept it; undefined where none did */
  overview(facts: T['facts'], report: unknown): JobOverview
}
