/** What a command line asks for, parsed: the one thing that commands see of it. */
import type { ImportMode, SourceFormat } from '@chatlayer-tables/transfer'
import type { McpClient } from './mcp/clients.ts'

/** Options that every command takes. */
export interface CommonOptions {
  readonly json: boolean
  readonly quiet: boolean
}

/** Where to sign in; each goes before the environment. */
export interface ConnectionFlags {
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
}

/** What becomes of the rows of a file. */
export interface ImportFlags extends ReadingFlags {
  readonly mode: ImportMode
  readonly key: readonly string[]
  readonly check: boolean
  /** Each as `title=column`. */
  readonly map: readonly string[]
  readonly ignore: readonly string[]
  readonly onError: 'continue' | 'stop'
  readonly maxErrors?: number
  readonly outDir?: string
  readonly yes: boolean
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
  'tables list': ConnectionFlags
  'tables get': TableFlags
  'records list': TableFlags &
    ConditionFlags & {
      readonly select: readonly string[]
      readonly sort: readonly string[]
      readonly limit?: number
    }
  'records get': TableFlags & { readonly ids: readonly string[] }
  'records insert': TableFlags & AssignmentFlags & Pick<SafetyFlags, 'dryRun'>
  'records update': TableFlags & TargetFlags & AssignmentFlags & SafetyFlags
  'records delete': TableFlags & TargetFlags & SafetyFlags
  import: TableFlags & ImportFlags & { readonly file: string }
  'jobs list': object
  'jobs show': { readonly job: string }
  'jobs resume': ConnectionFlags & { readonly job?: string; readonly yes: boolean }
  'jobs rm': { readonly jobs: readonly string[]; readonly done: boolean }
  infer: ReadingFlags & { readonly file: string }
  export: TableFlags & { readonly output?: string }
  'mcp install': ConnectionFlags & McpInstallFlags
  emulator: { readonly args: readonly string[] }
}

export type CommandName = keyof Commands

export type OptionsOf<N extends CommandName> = CommonOptions & Commands[N]

export type Invocation = {
  [N in CommandName]: { readonly name: N; readonly options: OptionsOf<N> }
}[CommandName]
