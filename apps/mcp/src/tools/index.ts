import { isWriter } from './definition.ts'
import { deleteRecords } from './delete-records.ts'
import { describeTable } from './describe-table.ts'
import { insertRecords } from './insert-records.ts'
import { listTables } from './list-tables.ts'
import { queryRecords } from './query-records.ts'
import { updateRecords } from './update-records.ts'

/** Every tool, in the order in which clients list them. */
export const TOOLS = [
  listTables,
  describeTable,
  queryRecords,
  insertRecords,
  updateRecords,
  deleteRecords,
] as const

export type Tool = (typeof TOOLS)[number]
export type ToolName = Tool['name']

/** What the operator allows: the only tools that are listed, and the only ones that can be called. */
export function allowedTools(allowed: { readonly readOnly: boolean }): readonly Tool[] {
  return allowed.readOnly ? TOOLS.filter((tool) => !isWriter(tool)) : TOOLS
}
