/**
 * Every tool of the server. Each tool is a folder next to this file: `definition.ts` is what clients see,
 * `run.ts` what a call does. Names, groups, schemas, permissions and the README's table derive from
 * the list below.
 */
import { hasBoundedSql } from '../node-version.ts'
import type { Settings } from '../settings.ts'
import { compareTables } from './compare-tables/definition.ts'
import { copyRecords } from './copy-records/definition.ts'
import { isWriter, type ToolDefinition } from './define-tool.ts'
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

/** In the order in which clients list them. */
export const TOOLS = [
  listTables,
  describeTable,
  queryRecords,
  querySql,
  compareTables,
  listChanges,
  insertRecords,
  updateRecords,
  upsertRecords,
  copyRecords,
  deleteRecords,
  undoChanges,
  importFile,
  exportFile,
] as const

export type Tool = (typeof TOOLS)[number]
export type ToolName = Tool['name']

export const TOOL_NAMES: readonly ToolName[] = TOOLS.map(({ name }) => name)

/** The list is part of every conversation: characters of names, descriptions and input schemas as JSON. */
export const MAX_LIST_CHARACTERS = 10_000
/** More tools than this make assistants choose the wrong one. */
export const MAX_TOOLS = 14

/** Groups of tools, as `--toolset` names them. */
export const TOOLSETS = ['read', 'write', 'files'] as const
export type Toolset = (typeof TOOLSETS)[number]

export function toolsetOf(tool: ToolDefinition): Toolset {
  if (tool.needs === 'files') return 'files'
  return isWriter(tool) ? 'write' : 'read'
}

/** The tools that the operator allows: only these are listed, and only these can be called. */
export function allowedTools({
  readOnly,
  tools,
  files,
  journal,
}: Pick<Settings, 'readOnly' | 'tools' | 'files' | 'journal'>): readonly Tool[] {
  const has = {
    files: files.length > 0,
    journal,
    sql: hasBoundedSql(process.versions.node),
  }
  return TOOLS.filter(
    (tool: Tool & ToolDefinition) =>
      !(readOnly && isWriter(tool)) &&
      (tool.needs === undefined || has[tool.needs]) &&
      (tools === undefined || tools.includes(tool.name)),
  )
}
