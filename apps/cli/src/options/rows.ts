/** Options of commands that print rows: formats other than `--json`, and the fields of `--json`. */
import { defineOptions, type OptionName, type OptionValues } from '../define-command.ts'
import { UsageError } from '../failures.ts'
import type { CommonValues } from './common.ts'

/** output/row-writers.ts has a writer for each. */
const rowFormats = defineOptions([
  { flags: '--ndjson', about: 'one JSON object per line' },
  { flags: '--csv', about: 'CSV output' },
])

export const rowOptions = defineOptions([
  ...rowFormats,
  {
    flags: '--json-fields <fields>',
    about: 'fields that --json writes of each row',
    hidden: true,
  },
])

export const ROW_NOTES = `--json id,name,"odd name" writes only these fields, in this order.`

type AddedFormat = OptionName<(typeof rowFormats)[number]['flags']>

/** `rows` without an option: a table on a terminal, tab-separated elsewhere. */
export type RowFormat = 'json' | AddedFormat | 'rows'

export type RowFlags = Pick<CommonValues, 'json'> & OptionValues<typeof rowOptions>

const FORMATS = ['json', ...rowFormats.map(({ flags }) => flags.slice(2) as AddedFormat)] as const

/** @throws UsageError if several formats are passed */
export function rowFormat(flags: RowFlags): RowFormat {
  const given = FORMATS.filter((format) => flags[format])
  if (given.length > 1) {
    const names = FORMATS.map((format) => `--${format}`)
    throw new UsageError(
      `${names.slice(0, -1).join(', ')} and ${names.at(-1)} cannot be combined`,
      'Pass only one of them.',
    )
  }
  return given[0] ?? 'rows'
}

/**
 * Returns the command line with the word after `--json` as a separate option, or undefined if that
 * word cannot be a list of fields. Only parsing decides whether it is one: an argument may also follow
 * `--json`.
 *
 * @param names names of the commands that accept fields
 */
export function withJsonFields(
  argv: readonly string[],
  names: readonly string[],
): string[] | undefined {
  const at = argv.findIndex((word) => word === '--json' || word.startsWith('--json='))
  const end = argv.indexOf('--')
  if (at < 0 || (end >= 0 && end < at)) return undefined
  const word = argv[at] ?? ''
  const fields = word === '--json' ? argv[at + 1] : word.slice('--json='.length)
  if (fields === undefined || fields.startsWith('-')) return undefined
  const rest = argv.slice(word === '--json' ? at + 2 : at + 1)
  const typed = [...argv.slice(0, at), '--json', `--json-fields=${fields}`, ...rest]
  const words = typed.filter((each) => !each.startsWith('-')).join(' ')
  return names.some((name) => words.includes(name)) ? typed : undefined
}
