import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { TABLE } from '../../../options/arguments.ts'
import { parseInterval } from '../../../options/parse-interval.ts'
import { conditionOptions } from '../../../options/records.ts'

const NOTES = `On a terminal a table; piped, or with --json, one JSON object per line:
  {"event": "added"|"changed"|"removed", "at", "id", "createdAt", "updatedAt", "columns",
   "values", "before"}
  columns   the changed columns; values and before are null where there is no record

What it detects:
  Each poll is compared with the previous one. A record that changes twice between two polls gives
  one event, a record that is added and removed between them none; "at" is when the change was
  detected, by this machine's clock.
  With a condition, a record that begins to meet it is added, one that no longer does is removed.

Requests of a poll:
  Up to 500 records are all read by each poll. Of more records, a poll reads only those with a newer
  updatedAt, and the count; if the count does not match, it reads all. All are also read again every
  ten minutes or less often, since a record added while another is removed may change neither dates
  nor the count. If the gateway cannot filter by date, or records have no date, every poll reads
  all; stderr shows the reason.
  The records, or the columns selected with --select, are held in memory.

Ends with Ctrl-C and exit code 130, or after --for with exit code 0. If the gateway becomes
unreachable, stderr reports it; changes made meanwhile are shown once it is back.`

export const definition = defineCommand({
  name: 'records watch',
  about: 'show changes of records as they happen',
  arguments: [TABLE],
  options: [
    ...conditionOptions,
    {
      flags: '--select <columns>',
      about: 'columns to show and to watch, comma-separated; also id, createdAt, updatedAt',
      list: true,
      completes: { columns: 'fields' },
      defaultText: 'all',
    },
    {
      flags: '--interval <span>',
      about: 'time between two polls, such as 500ms, 5s or 2m',
      parse: parseInterval,
      default: 5_000,
      defaultText: '5s',
    },
    {
      flags: '--for <span>',
      about: 'end after this time, such as 30s, 10m or 8h',
      defaultText: 'until Ctrl-C',
      parse: parseInterval,
    },
  ],
  notes: NOTES,
  examples: [
    {
      command: 'clt records watch airports --for 1s',
      about: 'watch for one second; without --for until Ctrl-C',
    },
    {
      command: `clt records watch airports --where "state = NY" --select name,city --interval 300ms --for 1s > changes.ndjson`,
      about: 'one JSON object for each change, for a script',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
