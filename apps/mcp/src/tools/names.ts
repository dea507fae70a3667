/** The tools by name and group, without their schemas: the command line is read before these are loaded. */

export const TOOLSETS = {
  read: ['list_tables', 'describe_table', 'query_records', 'query_sql', 'list_changes'],
  write: ['insert_records', 'update_records', 'upsert_records', 'delete_records', 'undo_changes'],
  files: ['import_file', 'export_file'],
} as const

export type Toolset = keyof typeof TOOLSETS

/** Every tool, in the order in which clients list them. */
export const TOOL_NAMES = Object.values(TOOLSETS).flat()
export type ToolName = (typeof TOOL_NAMES)[number]
