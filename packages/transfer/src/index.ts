export { type Cell, cellToValue, valueToCell } from './cells.ts'
export {
  type ExportOptions,
  type ExportReport,
  type ExportSource,
  exportCsv,
  exportCsvFile,
} from './export-csv.ts'
export { type ImportFacts, importFacts } from './import/import-facts.ts'
export {
  type ImportInput,
  type ImportOptions,
  importFile,
  type ResumeOptions,
  resumeImport,
} from './import/import-file.ts'
export {
  IMPORT_MODES,
  type ImportConnection,
  type ImportCounts,
  type ImportFiles,
  type ImportMode,
  type ImportPhase,
  type ImportProgress,
  type ImportReport,
  type ImportSettings,
  type ImportStart,
  type ImportStop,
  type ImportTarget,
  type ReadingSettings,
  type RowProblem,
  type RunOptions,
  type TableCount,
} from './import/import-types.ts'
export type { Fingerprint } from './job/fingerprint.ts'
export type { Job } from './job/job.ts'
export { type JobStatus, JobStore, type JobSummary } from './job/job-store.ts'
export { type Surroundings, stateFolder } from './job/state-folder.ts'
export { parseJson, stringifyJson } from './json.ts'
export { SOURCE_FORMATS, type SourceFormat } from './source/source.ts'
