import { defineCommand, type OptionsOf } from '../../define-command.ts'
import { parseCount } from '../../options/parse-count.ts'
import { httpOptions } from '../../options/sides.ts'
import { parseFreshness } from './freshness.ts'

export const definition = defineCommand({
  name: 'sql',
  about: 'query tables with SQL',
  arguments: [
    { name: '[query]', about: 'SQL query (default: read from stdin, or a prompt on a terminal)' },
  ],
  options: [
    { flags: '--csv', about: 'CSV output' },
    {
      flags: '-p, --param <name=value>',
      about: 'value for :name, or one value for each ? in order; can be repeated',
      list: true,
    },
    {
      flags: '--fresh <when>',
      about: 'when to update tables: always, never, or if older than a time such as 30s, 5m, 1h',
      parse: parseFreshness,
      default: 'always',
    },
    {
      flags: '--attach <name=file>',
      about: 'file, database or HTTP API to use as a table of that name; can be repeated',
      list: true,
      completes: 'file',
    },
    ...httpOptions,
    { flags: '--explain', about: 'show what would be read, and how; run nothing' },
    {
      flags: '--limit <n>',
      about: 'maximum number of rows',
      parse: parseCount,
      defaultText: '1,000 on a terminal',
    },
    {
      flags: '--timeout <seconds>',
      about: 'maximum run time of a query, in seconds',
      parse: parseCount,
      defaultText: '30',
    },
  ],
  examples: [
    {
      command: `clt sql "select state, count(*) n from airports group by 1 order by 2 desc limit 5"`,
      about: "the tables of the bot, in SQLite's SQL",
    },
    {
      command: `clt sql "select name from airports where state = :state" -p state=NY --csv`,
      about: 'a value passed separately from the query',
    },
    {
      command: `clt sql "select d.iata from airports d left join live.airports l using (iata) where l.id is null"`,
      about: 'records in DRAFT that are not in LIVE',
    },
    {
      command: `clt sql "select f.iata from file('airports.csv') f left join airports a using (iata) where a.id is null"`,
      about: 'rows of a file that are not in the table',
    },
    {
      command: `echo "select max(latitude) from airports" | clt sql --fresh 5m --json`,
      about: 'from stdin, using data read in the last five minutes',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
