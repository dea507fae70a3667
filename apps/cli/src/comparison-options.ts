/** The options of commands that compare two sides. */
import { type Command, Option } from 'commander'
import {
  addAcceptStored,
  addAllowEmpty,
  addNoWait,
  addReading,
  addSafety,
  repeatable,
} from './options.ts'

function addComparison(command: Command): Command {
  return addReading(
    command
      .addOption(
        repeatable('--key <columns>', 'the columns that tell records apart, with commas between'),
      )
      .addOption(repeatable('--columns <columns>', 'compare only these, with commas between'))
      .addOption(repeatable('--ignore <column>', 'a column to leave out, of either side'))
      .addOption(repeatable('--map <title=column>', 'the column that a title of a file means')),
  )
}

export function addDiffOptions(command: Command): Command {
  return addComparison(command)
    .option('--summary', 'only how many, and in which columns', false)
    .addHelpText('after', `\n${SIDES}\n\n${DIFF}`)
}

export function addSyncOptions(command: Command): Command {
  return addAllowEmpty(
    addNoWait(
      addAcceptStored(
        addSafety(
          addComparison(command).option(
            '--delete',
            'delete records that a lacks; they stay otherwise',
            false,
          ),
        ),
      ),
    ),
  )
    .addOption(
      new Option('--on-error <how>', 'at the first refused write: continue or stop')
        .choices(['continue', 'stop'])
        .default('continue'),
    )
    .addHelpText('after', `\n${SIDES}\n\n${SYNC}`)
}

const SIDES = `What is a table, what a file:
  :stores, stores@draft, stores@live   a table
  ./stores, stores.csv, dir/stores, -  a file (also .tsv .ndjson .jsonl .json .xlsx .txt .gz)
  stores                               a file if there is one of that name, else a table
  What was taken for what is told on stderr.

Comparing:
  By --key, or by whole records when there is none (equal ones are counted).
  Values are compared by their type: 1.0 = 1, instants by their time, JSON by its content;
  null and "" differ. A file's columns have the types of the table on the other side; two
  files are compared as text, two of JSON as JSON. Ids of records are not compared.
  A column that only one side has is an error, unless --columns or --ignore leave it out.`

const DIFF = `From a to b: + only in b, - only in a, ~ other values. --json writes one document:
  {a, b, key, columns, summary: {a, b, same, added, removed, changed}, changes: [...]}

Exit codes, as those of diff(1):
  0    nothing differs
  1    something differs
  2    and more: trouble, by the codes that all commands have; 2 stands for their 1 too`

const SYNC = `b must be a table; LIVE is written only where @live says so. Shows what it will do and asks.
  What is written: the records that a has and b has not, the columns in which records of a key
  differ, and with --delete the records that only b has. Each record that is changed or deleted
  is read right before: one that somebody has changed since it was compared is left as it is and
  told. At the end both sides are read again, and it is told whether b is equal to a.
  Broken off, it goes on with: clt jobs resume`
