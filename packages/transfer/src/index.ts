export { type Cell, cellToValue, valueToCell } from './cells.ts'
export {
  type ExportOptions,
  type ExportReport,
  type ExportSource,
  exportCsv,
  exportCsvFile,
} from './export-csv.ts'
export { type ImportOptions, type ImportTarget, importCsv } from './import-csv.ts'
export type {
  ImportCounts,
  ImportFiles,
  ImportProgress,
  ImportReport,
  ImportStop,
} from './import-types.ts'
export { parseJson, stringifyJson } from './json.ts'
