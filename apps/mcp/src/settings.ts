/** The operator's settings. Tools cannot do anything that the settings do not allow. */
import type { ToolName } from './tools/registry.ts'

/** Kinds of writes that may need confirmation. A write can be of several kinds; the strictest applies. */
export const GUARDED_KINDS = ['bulk', 'live', 'delete'] as const
export type GuardedKind = (typeof GUARDED_KINDS)[number]

/** From the most lenient to the strictest. */
export const CONFIRM_MODES = ['allow', 'confirm', 'review', 'block'] as const
export type ConfirmMode = (typeof CONFIRM_MODES)[number]

export interface Settings {
  /** Disables all writes, to tables and to files. */
  readonly readOnly: boolean
  /** Allows writes to LIVE, not only to DRAFT. */
  readonly allowLive: boolean
  /** The visible tables, by name or id; undefined for all. */
  readonly tables: readonly string[] | undefined
  /** Hidden columns: `table.column`, with the table's name or id, or `*.column`. */
  readonly hideColumns: readonly string[]
  /** Columns whose values are neither shown nor compared, in the same form. */
  readonly maskColumns: readonly string[]
  /** The tools that are listed and can be called; undefined for all. */
  readonly tools: readonly ToolName[] | undefined
  /** Folders for files to import and export; without any, the file tools are off. */
  readonly files: readonly string[]
  readonly confirm: Readonly<Record<GuardedKind, ConfirmMode>>
  /** Writes of more records by one caller within some minutes are `bulk`. */
  readonly bulkThreshold: number
  /** Records every write, so that it can be undone. */
  readonly journal: boolean
  /** The file with the key that signs confirmation tokens. */
  readonly confirmKeyFile: string | undefined
  /** Shows results as pages in clients that declare MCP Apps. */
  readonly views: boolean
}

export const DEFAULT_SETTINGS: Settings = {
  readOnly: false,
  allowLive: false,
  tables: undefined,
  hideColumns: [],
  maskColumns: [],
  tools: undefined,
  files: [],
  confirm: { bulk: 'confirm', live: 'confirm', delete: 'confirm' },
  bulkThreshold: 20,
  journal: true,
  confirmKeyFile: undefined,
  views: true,
}
