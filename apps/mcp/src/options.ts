import { parseArgs } from 'node:util'
import { LOG_LEVELS, type LogLevel } from './logger.ts'

/** What the operator allows. */
export interface Settings {
  /** No tool that writes is listed, and none can be called. */
  readonly readOnly: boolean
  /** LIVE may be written to, not DRAFT alone. */
  readonly allowLive: boolean
}

export type Command =
  | { readonly kind: 'serve'; readonly settings: Settings; readonly logLevel: LogLevel }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'mistake'; readonly message: string }

/** The command line as data. Never quotes a value: somebody may have put the token there. */
export function parseCommandLine(args: readonly string[]): Command {
  let values: ReturnType<typeof parse>
  try {
    values = parse(args)
  } catch (error) {
    return { kind: 'mistake', message: mistakeOf(error) }
  }
  if (values.help) return { kind: 'help' }
  if (values.version) return { kind: 'version' }
  const logLevel = LOG_LEVELS.find((level) => level === values['log-level'])
  if (logLevel === undefined) {
    return { kind: 'mistake', message: `--log-level is one of ${LOG_LEVELS.join(', ')}` }
  }
  const settings = { readOnly: values['read-only'], allowLive: values['allow-live'] }
  if (settings.readOnly && settings.allowLive) {
    return { kind: 'mistake', message: '--read-only and --allow-live exclude each other' }
  }
  return { kind: 'serve', settings, logLevel }
}

function parse(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'read-only': { type: 'boolean', default: false },
      'allow-live': { type: 'boolean', default: false },
      'log-level': { type: 'string', default: 'info' },
      help: { type: 'boolean', short: 'h', default: false },
      version: { type: 'boolean', short: 'V', default: false },
    },
  })
  return values
}

const MISTAKES: Readonly<Record<string, string>> = {
  ERR_PARSE_ARGS_UNKNOWN_OPTION: 'there is an option that is not known',
  ERR_PARSE_ARGS_INVALID_OPTION_VALUE: 'there is an option with a value too many or too few',
  ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL: 'there is an argument that is no option',
}

function mistakeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return MISTAKES[code] ?? 'the command line could not be read'
}
