/** What the operator allows. Everything that is not allowed here is out of reach of every tool. */
import type { ToolName } from './tools/registry.ts'

/** Kinds of writes that may need a confirmation; one write can be of several, and the strictest counts. */
export const GUARDED_KINDS = ['bulk', 'live', 'delete'] as const
export type GuardedKind = (typeof GUARDED_KINDS)[number]

/** From the most lenient to the strictest. */
export const CONFIRM_MODES = ['allow', 'confirm', 'block'] as const
export type ConfirmMode = (typeof CONFIRM_MODES)[number]

export interface Settings {
  /** Nothing is written: to no table, and to no file. */
  readonly readOnly: boolean
  /** LIVE may be written to, not DRAFT alone. */
  readonly allowLive: boolean
  /** The only tables that there are for the tools, by name or id; undefined for all. */
  readonly tables: readonly string[] | undefined
  /** `table.column`, the table by name or id, or `*.column`: columns that are not there for the tools. */
  readonly hideColumns: readonly string[]
  /** The same: columns whose values are neither shown nor compared. */
  readonly maskColumns: readonly string[]
  /** The only tools that are listed and can be called; undefined for all. */
  readonly tools: readonly ToolName[] | undefined
  /** Folders that files may be read from and written to; none turns the tools for files off. */
  readonly files: readonly string[]
  readonly confirm: Readonly<Record<GuardedKind, ConfirmMode>>
  /** A write of more records than this is `bulk`. */
  readonly bulkThreshold: number
  /** Every write is kept, and can be undone. */
  readonly journal: boolean
  /** The file with the key that confirmation tokens are signed with. */
  readonly confirmKeyFile: string | undefined
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
}
