import type { Settings } from '../settings.ts'
import { isWriter } from './definition.ts'
import { deleteRecords } from './delete-records.ts'
import { describeTable } from './describe-table.ts'
import { exportFile } from './export-file.ts'
import { importFile } from './import-file.ts'
import { insertRecords } from './insert-records.ts'
import { listTables } from './list-tables.ts'
import { queryRecords } from './query-records.ts'
import { updateRecords } from './update-records.ts'
import { upsertRecords } from './upsert-records.ts'

/** Every tool, in the order in which clients list them. */
export const TOOLS = [
  listTables,
  describeTable,
  queryRecords,
  insertRecords,
  updateRecords,
  upsertRecords,
  deleteRecords,
  importFile,
  exportFile,
] as const

export type Tool = (typeof TOOLS)[number]

/** What the operator allows: the only tools that are listed, and the only ones that can be called. */
export function allowedTools({
  readOnly,
  tools,
  files,
}: Pick<Settings, 'readOnly' | 'tools' | 'files'>): readonly Tool[] {
  return TOOLS.filter(
    (tool) =>
      !(readOnly && isWriter(tool)) &&
      !(tool.usesFiles === true && files.length === 0) &&
      (tools === undefined || tools.includes(tool.name)),
  )
}
