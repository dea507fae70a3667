export { type InputKind, metaTitles, type RowPlace } from '@chatlayer-tables/files'
export { type ArchivedTable, type BackupProblem, readBackup } from './backup/archive.ts'
export type {
  BackedUpTable,
  BackupClient,
  BackupOptions,
  BackupProgress,
  BackupReport,
  ChangedTable,
  TableChoice,
} from './backup/backup-types.ts'
export {
  type CheckedPart,
  type CheckRestoreOptions,
  checkRestorePlan,
} from './backup/check-restore.ts'
export {
  type ContentComparison,
  differsAsStored,
  isEqual as isComparedEqual,
} from './backup/compare-contents.ts'
export { createBackup } from './backup/create-backup.ts'
export type { Manifest as BackupManifest } from './backup/manifest.ts'
export { type PlanOptions, planRestore } from './backup/plan-restore.ts'
export {
  type RestoreOptions,
  type ResumeRestoreOptions,
  restoreBackup,
  restoredParts,
  resumeRestore,
} from './backup/restore-job.ts'
export {
  RESTORE_MODES,
  type RestoreChoice,
  type RestoredPart,
  type RestoreKey,
  type RestoreMode,
  type RestorePart,
  type RestorePlan,
  type RestoreProblem,
  type RestoreProgress,
  type RestoreReport,
  type RestoreRunOptions,
  type RestoreStart,
} from './backup/restore-types.ts'
export {
  type VerifyOptions,
  type VerifyProgress,
  type VerifyReport,
  verifyBackup,
} from './backup/verify-backup.ts'
export { type Comparison, compareSides } from './compare/compare.ts'
export type {
  CompareCounts,
  ComparedTable,
  CompareOptions,
  CompareSettings,
  Difference,
  DuplicateCounts,
  DuplicateKey,
  Place,
  RecordSelection,
  SideFacts,
  SideInput,
} from './compare/compare-types.ts'
export { findKey } from './compare/find-key.ts'
export type { TransferSituation } from './errors/situations.ts'
export { exportTable } from './export/export-table.ts'
export type {
  ExportOptions,
  ExportReport,
  ExportSource,
  ExportTarget,
} from './export/export-types.ts'
export { type CheckOptions, type CheckReport, checkFile } from './import/check-file.ts'
export {
  type ImportOptions,
  importFile,
  type ResumeOptions,
  resumeImport,
} from './import/import-job.ts'
export {
  type FileNotes,
  type HeldKey,
  IMPORT_MODES,
  type ImportCounts,
  type ImportFiles,
  type ImportMode,
  type ImportPhase,
  type ImportPlan,
  type ImportProgress,
  type ImportReport,
  type ImportSettings,
  type ImportStart,
  type ImportTarget,
  type RunOptions,
  type TableCount,
} from './import/import-types.ts'
export type { Input, InputFormat, InputReading, RepeatableInput } from './input/input.ts'
export { openInput } from './input/open-input.ts'
export { spoolTemporarily, type TemporaryCopy } from './input/spool.ts'
export type { Fingerprint } from './job/fingerprint.ts'
export type { Job } from './job/job.ts'
export type {
  FileName,
  JobChange,
  JobFigures,
  JobReplica,
  JobReplicas,
  KeptMark,
  KeptRow,
  KeptRowProblem,
  ReplicaFile,
  ReplicaLimits,
  ReplicaPart,
  ReplicaSummary,
  TakenJob,
} from './job/job-replicas.ts'
export {
  type JobStatus,
  JobStore,
  type JobStoreOptions,
  type JobSummary,
  type SharedFacts,
} from './job/job-store.ts'
export type { JobConnection, JobReport, JobStop } from './job/job-types.ts'
export { CODES as ROW_STATE_CODES, type RowState } from './job/row-summary.ts'
export { JOB_KINDS, type JobKindName, type Jobs, jobKindOf, jobOverview } from './job-kinds.ts'
export type { ReadingSettings } from './rows/reading-settings.ts'
export { type RowProblem, type StoredValue, storedText, valueText } from './rows/row-problem.ts'
export { type CopyChoice, checkCopy, copySettings } from './sync/copy.ts'
export { previewSync } from './sync/plan-sync.ts'
export { sourceLabel } from './sync/sync-facts.ts'
export { type ResumeSyncOptions, resumeSync, syncTables } from './sync/sync-job.ts'
export type {
  ReadBack,
  SyncCounts,
  SyncInputs,
  SyncOptions,
  SyncPhase,
  SyncPlan,
  SyncProblem,
  SyncProfiles,
  SyncProgress,
  SyncRefusals,
  SyncReport,
  SyncRunOptions,
  SyncSettings,
  SyncSource,
  SyncStart,
  SyncTarget,
} from './sync/sync-types.ts'
