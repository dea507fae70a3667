/** `chatlayer.yaml`: parsed, planned and applied. */
export { appliedSyncs, applyProject, resumeApply } from './apply-job.ts'
export { type Expansion, expandReferences } from './environment.ts'
export { parseProject } from './parse-project.ts'
export { PlanAgedError, PlanBlockedError } from './plan-errors.ts'
export { parseAllowance, parsePlanFile, planFileOf } from './plan-file.ts'
export { planProject } from './plan-project.ts'
export { ProjectError, type ProjectProblem, placeText } from './project-error.ts'
export { projectJsonSchema } from './project-schema.ts'
export {
  type Allowance,
  type AppliedSync,
  type ApplyOptions,
  type ApplyReport,
  type ApplyRunOptions,
  type ApplyStart,
  type Blocker,
  type CheckResult,
  type CheckSpec,
  type ColumnDrift,
  type FailureHook,
  LIMIT_NAMES,
  type Limit,
  type LimitName,
  type LimitResult,
  type Limits,
  type OpenedSource,
  type OpenedTable,
  type ParseOptions,
  type PlanDigests,
  type PlanFile,
  type PlannedChange,
  type PlannedSync,
  type PlanProjectOptions,
  type PlanStatus,
  type Project,
  type ProjectConnection,
  type ProjectHost,
  type ProjectPlace,
  type ProjectPlan,
  type ProjectProgress,
  type ResumeApplyOptions,
  type SourceHttp,
  type SourceSpec,
  type SyncSpec,
  type TableChecks,
  type TableDrift,
  type TableSchema,
} from './project-types.ts'
