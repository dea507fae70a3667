/** Settings that a program should have replaced, such as `${env:TOKEN}` in the configuration of an editor. */
import { ConfigurationError } from './errors.ts'

/** A name of a variable. */
const NAME = '[A-Za-z_]\\w*'

/** Forms that no setting has by chance, wherever they are in it. */
const ANYWHERE = /\$\{[^{}]*\}|\{\{[^{}]*\}\}/

/** Forms that may be part of a setting, such as of an encoded URL or of a password: all of it, or both halves of a token. */
const ONE = `\\$${NAME}|%${NAME}%|<[^<>]+>`
const WHOLE = new RegExp(`^(?:${ONE})(?::(?:${ONE}))?$`)

/** As in `YOUR_TOKEN` and `your-bot-id-here`. */
const EXAMPLE =
  /^your[-_ ](?:[a-z]+[-_ ])*(?:token|key|id|url|region|user|username|password)(?:[-_ ]here)?$/i

/**
 * Whether a setting is, or has in it, a placeholder that was not replaced: `${env:X}`, `${X}`, `{{X}}`,
 * `$X`, `%X%`, `<your token>` or `YOUR_TOKEN`.
 */
export function isPlaceholder(value: string): boolean {
  const text = value.trim()
  return ANYWHERE.test(text) || WHOLE.test(text) || EXAMPLE.test(text)
}

/**
 * @param name of the variable or the option; the value may be a secret, and is not shown
 * @throws ConfigurationError for a placeholder
 */
export function rejectPlaceholder(name: string, value: string): void {
  if (!isPlaceholder(value)) return
  throw new ConfigurationError(`${name} is a placeholder that was not replaced`, {
    hint: `Set ${name} to its value: the program that sets it did not replace the placeholder.`,
  })
}
