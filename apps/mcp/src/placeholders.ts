/** Settings that the program which starts this server should have replaced. */
import { rejectPlaceholder } from '@chatlayer-tables/core'
import type { Setup } from './session.ts'

/** The environment variables that this server reads. */
const READ = /^(?:CHATLAYER_|XDG_)|^(?:HTTPS?|NO)_PROXY$/i

/**
 * Checks every setting that comes from outside.
 *
 * @param more further options by name
 * @throws ConfigurationError naming the variable or the option of a placeholder that was not replaced
 */
export function checkPlaceholders(
  { env, settings }: Pick<Setup, 'env' | 'settings'>,
  more: Readonly<Record<string, readonly string[]>> = {},
): void {
  const { tables = [], hideColumns, maskColumns, files, confirmKeyFile } = settings
  const given = {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => READ.test(name))),
    '--tables': tables,
    '--hide-columns': hideColumns,
    '--mask-columns': maskColumns,
    '--files': files,
    '--confirm-key-file': confirmKeyFile,
    ...more,
  }
  for (const [name, value] of Object.entries<string | readonly string[] | undefined>(given)) {
    for (const text of typeof value === 'string' ? [value] : (value ?? [])) {
      rejectPlaceholder(name, text)
    }
  }
}
