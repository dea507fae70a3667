import { visible } from './result/untrusted.ts'

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** One method per level; each takes a line of text. */
export type Logger = Readonly<Record<LogLevel, (line: string) => void>>

const MASK = '[redacted]'

/**
 * A logger for entries of `level` and more severe ones, one line per entry. It masks the token and
 * escapes invisible characters, because an entry may quote text of strangers.
 *
 * @param token the access token; undefined if it is not set
 */
export function createLogger(
  level: LogLevel,
  token: string | undefined,
  write: (text: string) => void,
): Logger {
  const secrets = secretForms(token)
  const at = (own: LogLevel) => (line: string) => {
    if (LOG_LEVELS.indexOf(own) > LOG_LEVELS.indexOf(level)) return
    const safe = secrets.reduce((text, secret) => text.replaceAll(secret, MASK), line)
    write(`chatlayer-tables-mcp ${own}: ${visible(safe).replace(/\s+/g, ' ')}\n`)
  }
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
}

/** The message of anything that was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The token, its base64 form in the Basic header, and its password, longest first. */
function secretForms(token: string | undefined): readonly string[] {
  const whole = token?.trim() ?? ''
  const forms = [whole, Buffer.from(whole).toString('base64'), whole.slice(whole.indexOf(':') + 1)]
  return forms.filter((form) => form.length >= 4).sort((a, b) => b.length - a.length)
}
