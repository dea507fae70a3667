import type { ApplyOptions, ApplyReport, ResumeApplyOptions } from './project-types.ts'

/**
 * Makes all tables of a project what their sources are: plans all syncs, checks limits, schema and
 * checks, then writes, reads back and checks again. Nothing is written while anything forbids it.
 *
 * The apply is a job in `store`: however this process ends, {@link resumeApply} resumes it.
 *
 * @throws PlanBlockedError, and as `planProject` does; nothing has been written then, and no job is left
 */
export async function applyProject(_options: ApplyOptions): Promise<ApplyReport> {
  throw new Error('not built yet')
}

/** Resumes an apply: carries out the writes of its plan that have not ended. */
export async function resumeApply(_options: ResumeApplyOptions): Promise<ApplyReport> {
  throw new Error('not built yet')
}
