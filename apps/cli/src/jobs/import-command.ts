/** The command to import the rejected rows of an import after they are fixed. */
import type { ImportSettings } from '@chatlayer-tables/transfer'

export interface ImportAgain {
  /** The table, and the options for its connection. */
  readonly target: readonly string[]
  readonly settings: ImportSettings
}

/** Rejected rows are read with the same settings as the original file. */
export function importCommand({ target, settings }: ImportAgain, file: string): string {
  const { format, sheet, encoding, delimiter, decimal, dateFormat, nullText, mode } = settings
  const { trueTexts, falseTexts, map = {}, ignore = [], ignoreMeta } = settings
  const { key = [], maxErrors, acceptStored } = settings
  const args = [
    ...option('--format', format),
    ...option('--sheet', sheet),
    ...option('--encoding', encoding),
    ...option('--delimiter', delimiter === '\t' ? '\\t' : delimiter),
    ...option('--decimal', decimal),
    ...option('--date-format', dateFormat),
    ...option('--null', nullText),
    ...option('--true', trueTexts?.join(',')),
    ...option('--false', falseTexts?.join(',')),
    ...Object.entries(map).flatMap(([title, column]) => option('--map', `${title}=${column}`)),
    ...ignore.flatMap((title) => option('--ignore', title)),
    ...(ignoreMeta === true ? ['--ignore-meta'] : []),
    // `replace` would delete the records of all other rows.
    ...(mode === 'insert' ? [] : option('--mode', mode === 'replace' ? 'upsert' : mode)),
    ...key.flatMap((column) => option('--key', column)),
    ...option('--max-errors', maxErrors?.toString()),
    ...(acceptStored === true ? ['--accept-stored'] : []),
  ]
  return ['clt', 'import', ...[...target, file, ...args].map(shellWord)].join(' ')
}

function option(name: string, value: string | undefined): string[] {
  if (value === undefined) return []
  // A value with a leading hyphen would be read as an option.
  return value.startsWith('-') ? [`${name}=${value}`] : [name, value]
}

/** Quotes a word for the shell, if needed. */
function shellWord(word: string): string {
  if (/^[\w@%+=:,./\\-]+$/.test(word) && !(word.includes('\\') && process.platform !== 'win32')) {
    return word
  }
  return process.platform === 'win32' ? `"${word}"` : `'${word.replaceAll("'", "'\\''")}'`
}
