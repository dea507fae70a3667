import { defineCommand, type OptionsOf } from '../../define-command.ts'
import { FILE, TABLE } from '../../options/arguments.ts'
import { keyOption, mapOption, readingOptions } from '../../options/files.ts'
import { htmlOptions } from '../../options/html.ts'
import { parseCount } from '../../options/parse-count.ts'
import { httpOptions, ifChangedOption, queryOption } from '../../options/sides.ts'
import {
  acceptStoredOption,
  allowEmptyOption,
  journalOptions,
  noWaitOption,
  onErrorChoices,
  yesToDeleteOption,
} from '../../options/writing.ts'

export const definition = defineCommand({
  name: 'import',
  about: 'write the rows of a file, database or HTTP API to a table',
  arguments: [TABLE, FILE],
  options: [
    ...readingOptions,
    ...queryOption,
    ...httpOptions,
    ...ifChangedOption,
    ...acceptStoredOption,
    ...noWaitOption,
    ...allowEmptyOption,
    {
      flags: '--mode <mode>',
      about: 'write mode (replace: upsert, then delete all other records)',
      choices: ['insert', 'upsert', 'skip-existing', 'replace'],
      default: 'insert',
    },
    ...keyOption,
    { flags: '--check', about: 'read the whole file, report every problem, write nothing' },
    ...htmlOptions,
    ...mapOption,
    {
      flags: '--ignore <title>',
      about: 'column of the file to skip; can be repeated',
      list: true,
    },
    {
      flags: '--ignore-meta',
      about: 'skip the columns of export --with-meta: id, createdAt, updatedAt',
    },
    {
      flags: '--on-error <how>',
      about: 'action after a rejected row (stop: same as --max-errors 1)',
      choices: onErrorChoices,
      default: 'continue',
    },
    {
      flags: '--max-errors <n>',
      about: 'write nothing if n rows cannot be read; stop at n rejected rows',
      parse: parseCount,
    },
    {
      flags: '--out-dir <folder>',
      about: 'folder for rejected and unknown rows',
      completes: 'file',
      defaultText: 'the folder of the file, or the current one',
    },
    ...yesToDeleteOption,
    ...journalOptions,
  ],
  notes: '--html and --open need --check: the page has the problems by row and cell.',
  examples: [
    { command: 'clt import airports airports.csv', about: 'insert the rows into DRAFT' },
    {
      command: 'clt import airports@live airports.csv --quiet',
      about: 'insert into LIVE, which must be requested explicitly',
    },
    {
      command: 'clt import airports airports.csv --check',
      about: 'report every problem, write nothing',
    },
    {
      command: 'clt import airports airports.csv --check --html check.html',
      about: 'the problems as a page, to send to the author of the file',
    },
    {
      command: 'clt import airports airports.csv --mode upsert --key iata',
      about: 'update existing records, insert the others',
    },
    {
      command: 'clt import airports sqlite:shop.db#airports --mode upsert --key iata',
      about: 'the same with a table of a database',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
