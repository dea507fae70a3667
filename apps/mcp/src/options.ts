import { parseArgs } from 'node:util'
import { LOG_LEVELS, type LogLevel } from './logger.ts'
import {
  CONFIRM_MODES,
  type ConfirmMode,
  DEFAULT_SETTINGS,
  GUARDED_KINDS,
  type Settings,
} from './settings.ts'
import { TOOL_NAMES, TOOLS, TOOLSETS, type ToolName, toolsetOf } from './tools/registry.ts'

export type { Settings } from './settings.ts'

export type Command =
  | { readonly kind: 'serve'; readonly settings: Settings; readonly logLevel: LogLevel }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'mistake'; readonly message: string }

type Environment = Readonly<Record<string, string | undefined>>

/** The command line as data. Never quotes a value: somebody may have put the token there. */
export function parseCommandLine(args: readonly string[], env: Environment = {}): Command {
  let values: ReturnType<typeof parse>
  try {
    values = parse(args)
  } catch (error) {
    return { kind: 'mistake', message: usageErrorOf(error) }
  }
  if (values.help) return { kind: 'help' }
  if (values.version) return { kind: 'version' }
  try {
    return { kind: 'serve', settings: settingsOf(values, env), logLevel: logLevelOf(values) }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    return { kind: 'mistake', message: error.message }
  }
}

/** A value that an option does not take; the message does not quote it. */
class UsageError extends Error {}

function parse(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'read-only': { type: 'boolean', default: false },
      'allow-live': { type: 'boolean', default: false },
      tables: { type: 'string', multiple: true },
      'hide-columns': { type: 'string', multiple: true, default: [] },
      'mask-columns': { type: 'string', multiple: true, default: [] },
      tools: { type: 'string', multiple: true },
      toolset: { type: 'string', multiple: true },
      files: { type: 'string', multiple: true, default: [] },
      confirm: { type: 'string', multiple: true, default: [] },
      'confirm-above': { type: 'string' },
      'confirm-key-file': { type: 'string' },
      'no-journal': { type: 'boolean', default: false },
      'log-level': { type: 'string', default: 'info' },
      help: { type: 'boolean', short: 'h', default: false },
      version: { type: 'boolean', short: 'V', default: false },
    },
  })
  return values
}

type Flags = ReturnType<typeof parse>

function settingsOf(values: Flags, env: Environment): Settings {
  const settings: Settings = {
    readOnly: values['read-only'],
    allowLive: values['allow-live'],
    tables: values.tables === undefined ? undefined : listOf('tables', values.tables),
    hideColumns: columnsOf('hide-columns', values['hide-columns']),
    maskColumns: columnsOf('mask-columns', values['mask-columns']),
    tools: toolsOf(values),
    files: values.files,
    confirm: confirmOf(values.confirm),
    bulkThreshold: thresholdOf(values['confirm-above']),
    journal: !values['no-journal'] && !isOff(env.CHATLAYER_JOURNAL),
    confirmKeyFile: values['confirm-key-file'],
  }
  if (settings.readOnly && settings.allowLive) {
    throw new UsageError('--read-only and --allow-live exclude each other')
  }
  if (settings.files.includes('')) throw new UsageError('--files names a folder')
  if (settings.confirmKeyFile === '') throw new UsageError('--confirm-key-file names a file')
  return settings
}

/** What is neither on nor off keeps every write from being sent; it is told with the first. */
function isOff(text: string | undefined): boolean {
  return text?.trim().toLowerCase() === 'off'
}

function logLevelOf(values: Flags): LogLevel {
  const logLevel = LOG_LEVELS.find((level) => level === values['log-level'])
  if (logLevel === undefined) throw new UsageError(`--log-level is one of ${LOG_LEVELS.join(', ')}`)
  return logLevel
}

/** The entries of an option that takes commas, repeats, or both. An empty list would be a slip. */
function listOf(option: string, values: readonly string[]): string[] {
  const entries = values.flatMap((value) => value.split(',')).map((entry) => entry.trim())
  if (entries.length === 0 || entries.includes('')) {
    throw new UsageError(`--${option} takes names with commas between them`)
  }
  return entries
}

function columnsOf(option: string, values: readonly string[]): string[] {
  if (values.length === 0) return []
  const entries = listOf(option, values)
  if (entries.every((entry) => /^[^.].*\../s.test(entry) || entry.startsWith('*.'))) return entries
  throw new UsageError(`--${option} takes table.column, or *.column for every table`)
}

function toolsOf({ tools, toolset }: Flags): ToolName[] | undefined {
  if (tools === undefined && toolset === undefined) return undefined
  const named = tools === undefined ? [] : listOf('tools', tools)
  const groups = toolset === undefined ? [] : listOf('toolset', toolset)
  if (groups.some((name) => TOOLSETS.every((known) => known !== name))) {
    throw new UsageError(`--toolset is one of ${TOOLSETS.join(', ')}`)
  }
  if (named.some((name) => TOOL_NAMES.every((known) => known !== name))) {
    throw new UsageError(`--tools takes some of ${TOOL_NAMES.join(', ')}`)
  }
  return TOOLS.filter((tool) => named.includes(tool.name) || groups.includes(toolsetOf(tool))).map(
    ({ name }) => name,
  )
}

/** `mode` for every kind, or `kind=mode`; what is said later counts. */
function confirmOf(values: readonly string[]): Settings['confirm'] {
  const confirm = { ...DEFAULT_SETTINGS.confirm }
  for (const entry of values.length === 0 ? [] : listOf('confirm', values)) {
    const [, kind, mode] = /^(?:(\w+)=)?(\w+)$/.exec(entry) ?? []
    const kinds = GUARDED_KINDS.filter((known) => kind === undefined || known === kind)
    const known = CONFIRM_MODES.find((one) => one === mode)
    if (known === undefined || kinds.length === 0) {
      const [modes, names] = [CONFIRM_MODES.join(', '), GUARDED_KINDS.join(', ')]
      throw new UsageError(`--confirm takes ${modes}, or KIND=one of them; kinds are ${names}`)
    }
    for (const one of kinds) confirm[one] = known satisfies ConfirmMode
  }
  return confirm
}

function thresholdOf(value: string | undefined): number {
  if (value === undefined) return DEFAULT_SETTINGS.bulkThreshold
  if (/^\d{1,9}$/.test(value)) return Number(value)
  throw new UsageError('--confirm-above takes a whole number from 0')
}

const MISTAKES: Readonly<Record<string, string>> = {
  ERR_PARSE_ARGS_UNKNOWN_OPTION: 'there is an option that is not known',
  ERR_PARSE_ARGS_INVALID_OPTION_VALUE: 'there is an option with a value too many or too few',
  ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL: 'there is an argument that is no option',
}

function usageErrorOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return MISTAKES[code] ?? 'the command line could not be read'
}
