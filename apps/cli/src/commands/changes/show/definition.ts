import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { htmlOptions } from '../../../options/html.ts'
import { parseCount } from '../../../options/parse-count.ts'

export const definition = defineCommand({
  name: 'changes show',
  about: 'show records before and after a change',
  arguments: [{ name: '<change>', about: 'change set ID, or a unique prefix of it' }],
  options: [
    { flags: '--record <id>', about: 'only changes of this record' },
    { flags: '--limit <n>', about: 'maximum number of records', parse: parseCount, default: 100 },
    {
      flags: '--offset <n>',
      about: 'number of records to skip',
      parse: parseCount,
      default: 0,
    },
    ...htmlOptions,
  ],
  notes: 'With --html or --open, stdout has only the summary; the page has all records of the set.',
  examples: [
    { command: 'clt changes show h7k2', about: 'every record, before and after' },
    { command: 'clt changes show h7k2 --limit 20 --offset 20', about: 'the second twenty' },
    {
      command: 'clt changes show h7k2 --html change.html',
      about: 'all records of it as a page, to search and to send',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
