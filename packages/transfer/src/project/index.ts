/** `chatlayer.yaml`: parsed, planned and applied. */
export { appliedSyncs, applyProject, resumeApply } from './apply-job.ts'
export type {
  AppliedSync,
  ApplyOptions,
  ApplyReport,
  ApplyRunOptions,
  ApplyStart,
  ResumeApplyOptions,
} from './apply-types.ts'
export { type Expansion, expandReferences } from './environment.ts'
export { parseProject } from './parse-project.ts'
export { PlanAgedError, PlanBlockedError } from './plan-errors.ts'
export { parseAllowance, parsePlanFile, planFileOf } from './plan-file.ts'
export { planProject } from './plan-project.ts'
export type {
  Allowance,
  Blocker,
  CheckResult,
  ColumnDrift,
  LimitResult,
  OnDifference,
  PlanDigests,
  PlanFile,
  PlannedChange,
  PlannedSync,
  PlanProjectOptions,
  PlanStatus,
  ProjectPlan,
  ProjectProgress,
  TableDrift,
} from './plan-types.ts'
export { ProjectError, type ProjectProblem, placeText } from './project-error.ts'
export type { OpenedSource, OpenedTable, ProjectHost } from './project-host.ts'
export { projectJsonSchema } from './project-schema.ts'
export {
  type CheckSpec,
  type FailureHook,
  LIMIT_NAMES,
  type Limit,
  type LimitName,
  type Limits,
  type ParseOptions,
  type Project,
  type ProjectConnection,
  type ProjectPlace,
  type ProjectSchedule,
  type SourceHttp,
  type SourceSpec,
  type SyncSpec,
  type TableChecks,
  type TableSchema,
} from './project-types.ts'
