/** In which form commands write rows: `--json [fields]`, `--ndjson`, `--csv`, or for people. */
import { type Command, Option } from 'commander'
import { UsageError } from './failures.ts'

export interface RowFormatFlags {
  readonly json: boolean
  /** What stood behind --json, see {@link withJsonFields}. */
  readonly jsonFields?: string
  readonly ndjson: boolean
  readonly csv: boolean
}

export type RowFormat = 'json' | 'ndjson' | 'csv' | 'rows'

export function addRowFormats(command: Command): Command {
  return command
    .option('--ndjson', 'write one JSON object a line', false)
    .option('--csv', 'write CSV', false)
    .addOption(
      new Option('--json-fields <fields>', 'what --json writes of each, in its place').hideHelp(),
    )
    .addHelpText('after', `\n${FIELDS}`)
}

export function addExplain(command: Command): Command {
  return command.option(
    '--explain',
    'tell how the records would be found, and in how many requests; do nothing',
    false,
  )
}

const FIELDS = `--json id,name,"odd name" writes of each only these, in an object of that order.`

/** @throws UsageError when several are asked for */
export function rowFormat({ json, ndjson, csv }: RowFormatFlags): RowFormat {
  const asked = [
    ...(json ? (['json'] as const) : []),
    ...(ndjson ? (['ndjson'] as const) : []),
    ...(csv ? (['csv'] as const) : []),
  ]
  if (asked.length > 1) throw new UsageError('give one of --json, --ndjson and --csv')
  return asked[0] ?? 'rows'
}

/** Commands whose `--json` takes fields, by their first two words. */
const WITH_FIELDS = ['records list', 'records get', 'tables list']

/**
 * The command line with what stands behind `--json` as an option of its own; undefined where nothing
 * can be meant for fields. Whether it was meant so shows when it is parsed: behind `--json` may
 * as well stand an argument.
 */
export function withJsonFields(argv: readonly string[]): string[] | undefined {
  const at = argv.findIndex((word) => word === '--json' || word.startsWith('--json='))
  const end = argv.indexOf('--')
  if (at < 0 || (end >= 0 && end < at)) return undefined
  const word = argv[at] ?? ''
  const fields = word === '--json' ? argv[at + 1] : word.slice('--json='.length)
  if (fields === undefined || fields.startsWith('-')) return undefined
  const rest = argv.slice(word === '--json' ? at + 2 : at + 1)
  const typed = [...argv.slice(0, at), '--json', `--json-fields=${fields}`, ...rest]
  const words = typed.filter((each) => !each.startsWith('-'))
  return WITH_FIELDS.some((name) => words.join(' ').includes(name)) ? typed : undefined
}
