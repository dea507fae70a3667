/** Options for reading a file and for comparing two sides. */
import { FORMAT_NAMES, READ_ENDINGS } from '@chatlayer-tables/files/formats'
import { defineOptions, type OptionValues } from '../define-command.ts'
import type { ConnectionFlags } from './common.ts'

export const readingOptions = defineOptions([
  {
    flags: '--format <format>',
    about: 'file format',
    choices: FORMAT_NAMES,
    defaultText: 'detected from content and name',
  },
  { flags: '--sheet <name>', about: 'sheet of a spreadsheet', defaultText: 'the first' },
  {
    flags: '--encoding <name>',
    about: 'encoding, such as windows-1252',
    defaultText: 'detected from content',
  },
  {
    flags: '--delimiter <character>',
    about: 'character between cells',
    defaultText: 'detected from content',
  },
  {
    flags: '--decimal <sign>',
    about: 'decimal separator of numbers',
    choices: ['.', ','],
    defaultText: '. where that is certain',
  },
  {
    flags: '--date-format <format>',
    about: 'date format, such as DD/MM/YYYY or D-MMM-YY',
    defaultText: 'ISO 8601',
  },
  {
    flags: '--null <text>',
    about: 'text that means null, such as NULL',
    defaultText: 'only an empty cell',
  },
  {
    flags: '--true <words>',
    about: 'words for true in addition to yes, 1 and WAAR, such as ja,x',
  },
  {
    flags: '--false <words>',
    about: 'words for false in addition to no, 0 and FAUX, such as nee,-',
  },
])

/** Key columns, for commands that do not accept quotes in column lists. */
export const keyOption = defineOptions([
  {
    flags: '--key <columns>',
    about: 'key columns, comma-separated',
    list: true,
    completes: { columns: 'plain list' },
  },
])

export const mapOption = defineOptions([
  {
    flags: '--map <title=column>',
    about: 'column for a title of the file; can be repeated',
    list: true,
  },
])

export const comparisonOptions = defineOptions([
  ...keyOption,
  {
    flags: '--columns <columns>',
    about: 'columns to compare, comma-separated',
    list: true,
    completes: { columns: 'plain list' },
    defaultText: 'all',
  },
  {
    flags: '--ignore <column>',
    about: 'column of either side to skip; can be repeated',
    list: true,
    completes: { columns: 'name' },
  },
  ...mapOption,
  ...readingOptions,
])

export type ReadingFlags = OptionValues<typeof readingOptions>

/** Flags of a comparison. */
export type ComparisonFlags = ConnectionFlags &
  OptionValues<typeof comparisonOptions> & {
    readonly a: string
    readonly b: string
    readonly live: boolean
  }

const OTHER_ENDINGS = READ_ENDINGS.filter((ending) => ending !== 'csv')
  .map((ending) => `.${ending}`)
  .join(' ')

/** Help text of commands that compare two sides. */
export const SIDES_NOTES = `Sides:
  :stores, stores@draft, stores@live   a table
  ./stores, stores.csv, dir/stores, -  a file (or ${OTHER_ENDINGS} .txt .gz)
  postgres://user@host/db#table        a table of PostgreSQL; also mysql:// and sqlite:file#table
  https://shop.example/products        a list of an HTTP API
  connection:warehouse#table           a saved connection (clt connections add)
  stores                               a file if one of that name exists, otherwise a table
  The choice is reported on stderr.

Comparison:
  By --key, or by whole records without one (equal records are counted).
  Values are compared by type: 1.0 = 1, timestamps by instant, JSON by content;
  null and "" differ. A file's columns take the types of the table on the other side; two
  files are compared as text, two JSON files as JSON. Record IDs are not compared.
  A column on one side only is an error, unless --columns or --ignore excludes it.`
