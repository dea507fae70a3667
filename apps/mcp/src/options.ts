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
  | { readonly kind: 'invalid'; readonly message: string }

type Environment = Readonly<Record<string, string | undefined>>

/** Parses the command line. Messages never quote a value, because it may be the token. */
export function parseCommandLine(args: readonly string[], env: Environment = {}): Command {
  let values: ReturnType<typeof parse>
  try {
    values = parse(args)
  } catch (error) {
    return { kind: 'invalid', message: usageErrorOf(error) }
  }
  if (values.help) return { kind: 'help' }
  if (values.version) return { kind: 'version' }
  try {
    return { kind: 'serve', settings: settingsOf(values, env), logLevel: logLevelOf(values) }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    return { kind: 'invalid', message: error.message }
  }
}

/** An invalid option; the message does not quote its value. */
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
      views: { type: 'string', default: 'on' },
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
    views: viewsOf(values.views),
  }
  if (settings.readOnly && settings.allowLive) {
    throw new UsageError('--read-only cannot be combined with --allow-live')
  }
  if (settings.files.includes('')) throw new UsageError('--files must be a folder')
  if (settings.confirmKeyFile === '') throw new UsageError('--confirm-key-file must be a file')
  return settings
}

function viewsOf(value: string): boolean {
  if (value === 'on' || value === 'off') return value === 'on'
  throw new UsageError('--views must be on or off')
}

/** Any value other than on and off is reported at the first write, which is not sent then. */
function isOff(text: string | undefined): boolean {
  return text?.trim().toLowerCase() === 'off'
}

function logLevelOf(values: Flags): LogLevel {
  const logLevel = LOG_LEVELS.find((level) => level === values['log-level'])
  if (logLevel === undefined)
    throw new UsageError(`--log-level must be one of ${LOG_LEVELS.join(', ')}`)
  return logLevel
}

/** The entries of an option that may be repeated or comma-separated. Empty entries are invalid. */
function listOf(option: string, values: readonly string[]): string[] {
  const entries = values.flatMap((value) => value.split(',')).map((entry) => entry.trim())
  if (entries.length === 0 || entries.includes('')) {
    throw new UsageError(`--${option} must be a comma-separated list of names`)
  }
  return entries
}

function columnsOf(option: string, values: readonly string[]): string[] {
  if (values.length === 0) return []
  const entries = listOf(option, values)
  if (entries.every((entry) => /^[^.].*\../s.test(entry) || entry.startsWith('*.'))) return entries
  throw new UsageError(`--${option} must be table.column, or *.column for every table`)
}

function toolsOf({ tools, toolset }: Flags): ToolName[] | undefined {
  if (tools === undefined && toolset === undefined) return undefined
  const named = tools === undefined ? [] : listOf('tools', tools)
  const groups = toolset === undefined ? [] : listOf('toolset', toolset)
  if (groups.some((name) => TOOLSETS.every((known) => known !== name))) {
    throw new UsageError(`--toolset must be one of ${TOOLSETS.join(', ')}`)
  }
  if (named.some((name) => TOOL_NAMES.every((known) => known !== name))) {
    throw new UsageError(`--tools must be some of ${TOOL_NAMES.join(', ')}`)
  }
  return TOOLS.filter((tool) => named.includes(tool.name) || groups.includes(toolsetOf(tool))).map(
    ({ name }) => name,
  )
}

/** `mode` for every kind, or `kind=mode`; later entries override earlier ones. */
function confirmOf(values: readonly string[]): Settings['confirm'] {
  const confirm = { ...DEFAULT_SETTINGS.confirm }
  for (const entry of values.length === 0 ? [] : listOf('confirm', values)) {
    const [, kind, mode] = /^(?:(\w+)=)?(\w+)$/.exec(entry) ?? []
    const kinds = GUARDED_KINDS.filter((known) => kind === undefined || known === kind)
    const known = CONFIRM_MODES.find((one) => one === mode)
    if (known === undefined || kinds.length === 0) {
      const [modes, names] = [CONFIRM_MODES.join(', '), GUARDED_KINDS.join(', ')]
      throw new UsageError(`--confirm must be one of ${modes}, or KIND=MODE; kinds: ${names}`)
    }
    for (const one of kinds) confirm[one] = known satisfies ConfirmMode
  }
  return confirm
}

function thresholdOf(value: string | undefined): number {
  if (value === undefined) return DEFAULT_SETTINGS.bulkThreshold
  if (/^\d{1,9}$/.test(value)) return Number(value)
  throw new UsageError('--confirm-above must be a whole number from 0')
}

const PARSE_ERRORS: Readonly<Record<string, string>> = {
  ERR_PARSE_ARGS_UNKNOWN_OPTION: 'unknown option',
  ERR_PARSE_ARGS_INVALID_OPTION_VALUE: 'an option has a missing or unexpected value',
  ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL: 'unexpected argument',
}

function usageErrorOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return PARSE_ERRORS[code] ?? 'invalid command line'
}
