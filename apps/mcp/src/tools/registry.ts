import { hasBoundedSql } from '../node-version.ts'
import type { Settings } from '../settings.ts'
import { isWriter } from './define-tool.ts'
import { deleteRecords } from './delete-records/definition.ts'
import { describeTable } from './describe-table/definition.ts'
import { exportFile } from './export-file/definition.ts'
import { importFile } from './import-file/definition.ts'
import { insertRecords } from './insert-records/definition.ts'
import { listChanges } from './list-changes/definition.ts'
import { listTables } from './list-tables/definition.ts'
import { queryRecords } from './query-records/definition.ts'
import { querySql } from './query-sql/definition.ts'
import { undoChanges } from './undo-changes/definition.ts'
import { updateRecords } from './update-records/definition.ts'
import { upsertRecords } from './upsert-records/definition.ts'

/** Every tool, in the order in which clients list them. */
export const TOOLS = [
  listTables,
  describeTable,
  queryRecords,
  querySql,
  listChanges,
  insertRecords,
  updateRecords,
  upsertRecords,
  deleteRecords,
  undoChanges,
  importFile,
  exportFile,
] as const

export type Tool = (typeof TOOLS)[number]

/** What the operator allows: the only tools that are listed, and the only ones that can be called. */
export function allowedTools({
  readOnly,
  tools,
  files,
  journal,
}: Pick<Settings, 'readOnly' | 'tools' | 'files' | 'journal'>): readonly Tool[] {
  return TOOLS.filter(
    (tool) =>
      !(readOnly && isWriter(tool)) &&
      !(tool.usesFiles === true && files.length === 0) &&
      !(tool.usesJournal === true && !journal) &&
      !(tool.usesSql === true && !hasBoundedSql(process.versions.node)) &&
      (tools === undefined || tools.includes(tool.name)),
  )
}
