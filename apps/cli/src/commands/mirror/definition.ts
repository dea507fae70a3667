import { defineCommand, type OptionsOf } from '../../define-command.ts'
import { TABLE } from '../../options/arguments.ts'
import { parseInterval } from '../../options/parse-interval.ts'
import { allowEmptyOption, noWaitOption } from '../../options/writing.ts'

const NOTES = `Each run reads the records that have changed since the last one, by updatedAt, and the number of
  records; the whole table if the number shows that some were deleted, once per --full-every, and if
  it has up to 500 records. It writes in one transaction: readers never see a part of a run.
  What the last run did is kept in the table chatlayer_tables_runs, next to the mirror, so that a
  mirror can be stopped, killed and moved to another machine.
  Prints one line for each run that changed something. If the gateway or the database becomes
  unreachable, stderr reports it once, and the mirror tries again until both are back.
  Ends with Ctrl-C or SIGTERM, exit code 130. For several tables, start several mirrors.
  Addresses and passwords: see clt export --help.`

export const definition = defineCommand({
  name: 'mirror',
  about: 'keep a table of a database equal to a table',
  arguments: [TABLE],
  options: [
    {
      flags: '--to <address>',
      about: 'database and table to write to: postgres://, mysql:// or sqlite:',
      required: true,
    },
    {
      flags: '--every <span>',
      about: 'time between two runs, such as 30s, 5m or 1h',
      parse: parseInterval,
      default: 300_000,
      defaultText: '5m',
    },
    {
      flags: '--full-every <span>',
      about: 'time after which a run reads the whole table',
      parse: parseInterval,
      default: 86_400_000,
      defaultText: '24h',
    },
    { flags: '--once', about: 'end after one run' },
    {
      flags: '--select <columns>',
      about: 'columns to write, comma-separated',
      list: true,
      completes: { columns: 'list' },
      defaultText: 'all',
    },
    { flags: '--no-delete', about: 'keep rows whose record is gone' },
    { flags: '--add-columns', about: 'add missing columns to the table of the database' },
    ...allowEmptyOption,
    ...noWaitOption,
    {
      flags: '-y, --yes',
      about: 'skip confirmation before the first run deletes rows that no mirror wrote',
    },
  ],
  notes: NOTES,
  examples: [
    {
      command: 'clt mirror airports --to sqlite:mirror.db#airports --once',
      about: 'one run, such as for cron; without --once until Ctrl-C',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
