/** The options of `clt records watch`. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { addConditions, repeatable } from '../../../options.ts'

/** In milliseconds. */
export interface WatchFlags {
  readonly select: readonly string[]
  readonly interval: number
  readonly for?: number
}

const SHORTEST_MS = 100

export function addWatchOptions(command: Command): Command {
  return addConditions(command)
    .addOption(repeatable('--select <columns>', 'only these columns, and changes in them'))
    .addOption(
      new Option('--interval <span>', 'between two looks, such as 500ms, 5s or 2m; 5s otherwise')
        .argParser(parseInterval)
        .default(5_000),
    )
    .addOption(
      new Option('--for <span>', 'end by itself after so long, such as 30s, 10m or 8h').argParser(
        parseInterval,
      ),
    )
    .addHelpText('after', `\n${WHAT_IT_TELLS}`)
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** `500ms`, `5s`, `2m`, `8h`, or a number of seconds; in milliseconds. */
function parseInterval(text: string): number {
  const [, count, unit = 's'] = /^(\d{1,6}(?:\.\d{1,3})?)(ms|s|m|h)?$/.exec(text) ?? []
  const ms = Math.round(Number(count) * (UNITS[unit] ?? Number.NaN))
  if (ms >= SHORTEST_MS) return ms
  throw new InvalidArgumentError('It takes a span such as 500ms, 5s or 2m, at least 100ms.')
}

const WHAT_IT_TELLS = `On a terminal a view; piped, or with --json, one JSON object a line:
  {"event": "added"|"changed"|"removed", "at", "id", "updatedAt", "columns", "values", "before"}
  columns   those that changed; values and before are null where there is no record

What it can tell:
  It compares two looks. Of a record that changed twice between them one change is told, of one
  that came and went nothing; "at" is when it was noticed, on this machine's clock.
  With a condition, a record that begins to meet it is added, one that no longer does is removed.

What a look costs:
  Up to 500 records are read each time. Of more, those with a newer updatedAt, and their count:
  when that does not agree, all. All are read again now and then, too, every ten minutes or less
  often, since a record that came while another went in between may show neither in dates nor in
  counts. Where the gateway cannot filter dates, or records have none, every look reads all, and
  stderr says so. The records, or what --select leaves of them, are held in memory.

Ends with Ctrl-C and exit code 130, or after --for and with 0. A gateway that is not reached for
a while is told on stderr, and what changed meanwhile is told once it is back.`
