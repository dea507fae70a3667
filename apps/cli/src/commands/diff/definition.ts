import { defineCommand, type OptionsOf } from '../../define-command.ts'
import { SIDES } from '../../options/arguments.ts'
import { comparisonOptions, SIDES_NOTES } from '../../options/files.ts'
import { htmlOptions } from '../../options/html.ts'
import { httpOptions, queryOption } from '../../options/sides.ts'

const NOTES = `From a to b: + only in b, - only in a, ~ changed values. --json writes one document:
  {a, b, key, columns, summary: {a, b, same, added, removed, changed}, changes: [...]}
  With --html or --open the differences are on the page, and only counts are printed.

Exit codes, as for diff(1):
  0    no differences
  1    differences
  2+   an error; the exit codes of all commands, with 1 replaced by 2`

export const definition = defineCommand({
  name: 'diff',
  about: 'show the differences between two tables or files',
  arguments: SIDES,
  options: [
    ...comparisonOptions,
    ...queryOption,
    ...httpOptions,
    { flags: '--summary', about: 'only counts, in total and by column' },
    ...htmlOptions,
  ],
  notes: `${SIDES_NOTES}\n\n${NOTES}`,
  examples: [
    {
      command: 'clt diff airports airports@live --key iata || test $? -eq 1',
      about: 'DRAFT and LIVE; exit code 1 means that they differ, 2 or more is an error',
    },
    {
      command: 'clt diff airports.csv airports --key iata --summary || test $? -eq 1',
      about: 'a file and a table, counts only',
    },
    {
      command: 'clt diff ./airports.csv :airports --columns iata,city --json || test $? -eq 1',
      about: './ marks a file, : marks a table',
    },
    {
      command: 'clt diff airports airports@live --key iata --html diff.html || test $? -eq 1',
      about: 'as a page to search, filter and send',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
