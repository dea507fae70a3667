/** The options of `clt sql`, and what is read out of them. */
import { basename, extname } from 'node:path'
import { parseDuration } from '@chatlayer-tables/local/duration'
import type { Freshness } from '@chatlayer-tables/mirror'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { UsageError } from '../failures.ts'
import { parseCount, repeatable } from '../options.ts'

export interface SqlFlags {
  readonly query?: string
  readonly csv: boolean
  readonly param: readonly string[]
  readonly explain: boolean
  readonly fresh: Freshness
  readonly attach: readonly string[]
  readonly limit?: number
  /** In seconds. */
  readonly timeout?: number
}

export function addSqlOptions(command: Command): Command {
  return command
    .option('--csv', 'write CSV', false)
    .addOption(
      repeatable(
        '-p, --param <name=value>',
        'a value for :name; or one value for each ?, in order',
      ),
    )
    .addOption(
      new Option(
        '--fresh <when>',
        'bring tables up to date: always, never, or when older than such as 30s, 5m, 1h',
      )
        .default('always')
        .argParser(parseFreshness),
    )
    .addOption(repeatable('--attach <name=file>', 'a file as a table of that name'))
    .option('--explain', 'tell what would be read, and how; run nothing', false)
    .addOption(
      new Option('--limit <n>', 'at most so many rows; 1,000 on a terminal').argParser(parseCount),
    )
    .addOption(
      new Option(
        '--timeout <seconds>',
        'stop a query that runs longer; 30 when left out',
      ).argParser(parseCount),
    )
}

export function parseFreshness(text: string): Freshness {
  if (text === 'always' || text === 'never') return text
  const age = parseDuration(text)
  if (age !== undefined) return age
  throw new InvalidArgumentError('Use always, never, or a duration such as 30s, 5m or 1h.')
}

/**
 * The values for a query: by name where every one is given as `name=value` and the query names its
 * parameters, else in their order.
 */
export function readParameters(
  given: readonly string[],
  namesParameters: boolean,
): readonly string[] | Readonly<Record<string, string>> {
  if (!namesParameters) return given
  return Object.fromEntries(
    given.map((text) => {
      const [, name, value] = /^[:@$]?([^=]+)=(.*)$/s.exec(text) ?? []
      if (name === undefined || value === undefined) {
        throw new UsageError(
          `--param ${text} names no parameter of the query`,
          'Write it as name=value, for :name in the query.',
        )
      }
      return [name, value]
    }),
  )
}

/** `name=file`, or a file alone, which is then named after itself. */
export function readAttachment(text: string): { name: string; file: string } {
  const [, name, file] = /^([^=/\\]+)=(.+)$/s.exec(text) ?? []
  if (name !== undefined && file !== undefined) return { name, file }
  const base = basename(text)
  const plain = base.endsWith('.gz') ? base.slice(0, -3) : base
  return { name: plain.slice(0, plain.length - extname(plain).length) || plain, file: text }
}
