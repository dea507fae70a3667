import { visible } from './result/untrusted.ts'

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Takes lines of text, one method for each level. */
export type Logger = Readonly<Record<LogLevel, (line: string) => void>>

const MASK = '[redacted]'

/**
 * A logger for lines of `level` and above, one line for each entry: the token masked, and invisible
 * characters escaped, since a line may quote a stranger's text.
 *
 * @param token the access token, or undefined when none is set
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

/** The token whole, as the Basic header carries it, and its password alone; the longest first. */
function secretForms(token: string | undefined): readonly string[] {
  const whole = token?.trim() ?? ''
  const forms = [whole, Buffer.from(whole).toString('base64'), whole.slice(whole.indexOf(':') + 1)]
  return forms.filter((form) => form.length >= 4).sort((a, b) => b.length - a.length)
}
