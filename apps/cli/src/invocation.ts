/** What a command line asks for, parsed: the one thing that commands see of it. */
import type { SourceFormat } from '@chatlayer-tables/files'
import type { ImportMode, RestoreMode } from '@chatlayer-tables/transfer'
import type { Shell } from './completion/shells.ts'
import type { McpClient } from './mcp/clients.ts'
import type { RowFormatFlags } from './row-format.ts'
import type { SqlFlags } from './sql/options.ts'
import type { LockFlags } from './table-locks.ts'
import type { ProfileFlags } from './table-profile/options.ts'
import type { TypesFlags } from './types/options.ts'
import type { WatchFlags } from './watch/options.ts'

/** Options that every command takes. */
export interface CommonOptions {
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  readonly jq?: string
  readonly color: boolean
}

/** Of commands that write. */
export interface JournalFlags {
  /** False where the writes are not to be kept. */
  readonly journal?: boolean
  readonly note?: string
}

/** Where to sign in; each goes before the environment. */
export interface ConnectionFlags extends JournalFlags {
  /** The name of a saved connection. */
  readonly profile?: string
  readonly region?: string
  readonly baseUrl?: string
  readonly team?: string
  readonly bot?: string
  readonly tokenFile?: string
}

/** A table as it was written, and whether `--live` was said. */
export interface TableFlags extends ConnectionFlags {
  readonly table: string
  readonly live: boolean
}

export interface ConditionFlags {
  readonly where: readonly string[]
  readonly filter?: string
}

/** What commands that change records take to be safe. */
export interface SafetyFlags {
  readonly dryRun: boolean
  readonly yes: boolean
}

/** Of commands that write values. */
export interface StoredFlags {
  /** Whether it is expected that the gateway stores some values otherwise than they are sent. */
  readonly acceptStored: boolean
}

/** Whether it is told how records are found, in place of anything else. */
export interface ExplainFlags {
  readonly explain: boolean
}

export interface AssignmentFlags {
  readonly set: readonly string[]
  readonly setNull: readonly string[]
  readonly data?: string
}

export interface TargetFlags extends ConditionFlags {
  readonly id: readonly string[]
  readonly all: boolean
}

/** How a file is read. */
export interface ReadingFlags {
  readonly format?: SourceFormat
  readonly sheet?: string
  readonly encoding?: string
  readonly delimiter?: string
  readonly decimal?: '.' | ','
  readonly dateFormat?: string
  readonly null?: string
  /** Words with commas between, as is `false`. */
  readonly true?: string
  readonly false?: string
}

/** What becomes of the rows of a file. */
export interface ImportFlags extends ReadingFlags, LockFlags, StoredFlags {
  readonly mode: ImportMode
  readonly key: readonly string[]
  readonly check: boolean
  /** Each as `title=column`. */
  readonly map: readonly string[]
  readonly ignore: readonly string[]
  readonly ignoreMeta: boolean
  readonly onError: 'continue' | 'stop'
  readonly maxErrors?: number
  readonly outDir?: string
  readonly allowEmpty: boolean
  readonly yes: boolean
}

/** Which records of a table are written where. */
export interface ExportFlags extends ConditionFlags {
  readonly output?: string
  readonly format?: SourceFormat
  readonly select: readonly string[]
  readonly sort: readonly string[]
  readonly limit?: number
  readonly withMeta: boolean
  readonly delimiter?: string
  readonly bom: boolean
  readonly safeFormulas: boolean
  readonly excel: boolean
}

/** How two sides are compared, each a table or a file. */
export interface ComparisonFlags extends ConnectionFlags, ReadingFlags {
  readonly a: string
  readonly b: string
  readonly live: boolean
  readonly key: readonly string[]
  readonly columns: readonly string[]
  readonly ignore: readonly string[]
  /** Each as `title=column`. */
  readonly map: readonly string[]
}

export interface BackupFlags extends ConnectionFlags {
  readonly tables: readonly string[]
  readonly live: boolean
  readonly versions?: string
  readonly output?: string
}

export interface RestoreFlags extends ConnectionFlags, SafetyFlags, LockFlags, StoredFlags {
  readonly archive: string
  /** As the backup names them. */
  readonly tables: readonly string[]
  readonly live: boolean
  readonly versions?: string
  readonly into?: 'draft' | 'live'
  /** Each as `table=table` or `table.column=column`. */
  readonly map: readonly string[]
  readonly mode?: RestoreMode
  readonly key: readonly string[]
  readonly outDir?: string
}

/** How the MCP server is entered into a client's configuration. */
export interface McpInstallFlags {
  readonly client: McpClient
  readonly name: string
  readonly project: boolean
  readonly writeToken: boolean
  readonly print: boolean
  readonly remove: boolean
  readonly yes: boolean
  /** What stands behind `--`: the server's own options. */
  readonly serverArgs: readonly string[]
}

/** The options of each command, by its name. */
export interface Commands {
  'tables list': ConnectionFlags & RowFormatFlags
  'tables get': TableFlags
  'records list': TableFlags &
    ConditionFlags &
    ExplainFlags &
    RowFormatFlags & {
      readonly select: readonly string[]
      readonly sort: readonly string[]
      readonly limit?: number
    }
  'records count': TableFlags & ConditionFlags & ExplainFlags
  'records get': TableFlags & RowFormatFlags & { readonly ids: readonly string[] }
  'records watch': TableFlags & ConditionFlags & WatchFlags
  'records insert': TableFlags & AssignmentFlags & SafetyFlags & StoredFlags
  'records upsert': TableFlags &
    AssignmentFlags &
    SafetyFlags &
    LockFlags &
    StoredFlags & { readonly key: readonly string[] }
  'records update': TableFlags &
    TargetFlags &
    AssignmentFlags &
    SafetyFlags &
    ExplainFlags &
    StoredFlags
  'records delete': TableFlags & TargetFlags & SafetyFlags & ExplainFlags
  import: TableFlags & ImportFlags & { readonly file: string }
  'jobs list': object
  'jobs show': { readonly job: string }
  'jobs resume': ConnectionFlags &
    LockFlags &
    StoredFlags & { readonly job?: string; readonly yes: boolean }
  'changes list': ConnectionFlags & {
    readonly table?: string
    readonly tool?: string
    readonly job?: string
    /** Milliseconds since 1970. */
    readonly since?: number
    readonly until?: number
    readonly limit: number
  }
  'changes show': ConnectionFlags & {
    readonly change: string
    readonly record?: string
    readonly limit: number
    readonly offset: number
  }
  'changes undo': ConnectionFlags &
    ConditionFlags &
    SafetyFlags & {
      readonly changes: readonly string[]
      readonly job?: string
      readonly record: readonly string[]
      readonly force: boolean
      readonly keepIds: boolean
    }
  'changes prune': ConnectionFlags & {
    /** In milliseconds. */
    readonly olderThan?: number
    /** Whether the clock of this machine alone decides. */
    readonly localClock: boolean
  }
  'jobs rm': { readonly jobs: readonly string[]; readonly done: boolean }
  diff: ComparisonFlags & { readonly summary: boolean }
  sync: ComparisonFlags &
    SafetyFlags &
    LockFlags &
    StoredFlags & {
      readonly delete: boolean
      readonly allowEmpty: boolean
      readonly onError: 'continue' | 'stop'
    }
  infer: ReadingFlags & { readonly file: string }
  export: TableFlags & ExportFlags
  doctor: ConnectionFlags & {
    readonly live: boolean
    readonly probe: boolean
    /** A table that the probe may write to. */
    readonly scratchTable?: string
    /** Whether what was learned is kept in the profile. */
    readonly save: boolean
  }
  try: { readonly command: readonly string[] }
  backup: BackupFlags
  'backup show': { readonly archive: string }
  'backup verify': { readonly archive: string }
  restore: RestoreFlags
  sql: ConnectionFlags & SqlFlags & { readonly live: boolean }
  profile: TableFlags & ConditionFlags & ProfileFlags
  types: ConnectionFlags & TypesFlags
  'mcp install': ConnectionFlags & McpInstallFlags
  completion: { readonly shell: Shell }
  emulator: { readonly args: readonly string[] }
  'auth login': ConnectionFlags & {
    /** Whether the token is read from stdin. */
    readonly withToken: boolean
    /** Whether the token may go to the system's keychain. */
    readonly keychain: boolean
    readonly live: boolean
  }
  'auth status': ConnectionFlags
  'auth list': object
  'auth switch': { readonly name?: string }
  'auth logout': Pick<ConnectionFlags, 'profile'> & {
    readonly name?: string
    readonly all: boolean
  }
}

export type CommandName = keyof Commands

export type OptionsOf<N extends CommandName> = CommonOptions & Commands[N]

export type Invocation = {
  [N in CommandName]: { readonly name: N; readonly options: OptionsOf<N> }
}[CommandName]
