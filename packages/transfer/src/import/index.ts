/** What the rest of this package uses of imports: a restore is made of them. */
export { type CheckReport, checkFile } from './check-file.ts'
export { importFile, resumeImport } from './import-job.ts'
export type {
  HeldKey,
  ImportFiles,
  ImportMode,
  ImportReport,
  ImportSettings,
  RunOptions,
  TableCount,
} from './import-types.ts'
