import { FORMAT_NAMES } from '@chatlayer-tables/files/formats'
import { defineCommand, type OptionsOf } from '../../define-command.ts'
import { TABLE } from '../../options/arguments.ts'
import { conditionOptions, limitOption, sortOption } from '../../options/records.ts'
import { allowEmptyOption, noWaitOption, safetyOptions } from '../../options/writing.ts'

const NOTES = `Into a database (--to):
  postgres://user@host/database#schema.table, mysql://user@host/database#table, sqlite:shop.db#table
  A table that does not exist is created: id, created_at, updated_at and the table's columns. Rows are
  updated and inserted by id, in one transaction at the end; the table's other columns are not touched.
  Passwords: PGPASSWORD, ~/.pgpass, MYSQL_PWD or a saved connection.`

export const definition = defineCommand({
  name: 'export',
  about: 'write the records of a table to a file or a database',
  arguments: [TABLE],
  options: [
    {
      flags: '-o, --output <file>',
      about: 'file to write',
      completes: 'file',
      defaultText: 'stdout',
    },
    {
      flags: '--to <address>',
      about: 'database and table to write to: postgres://, mysql:// or sqlite:',
    },
    {
      flags: '--format <format>',
      about: 'file format',
      choices: FORMAT_NAMES,
      defaultText: 'detected from the file name; csv on stdout',
    },
    ...conditionOptions,
    {
      flags: '--select <columns>',
      about: 'columns to write, in this order, comma-separated; also id, createdAt, updatedAt',
      list: true,
      completes: { columns: 'fields' },
      defaultText: 'all',
    },
    ...sortOption,
    ...limitOption,
    { flags: '--with-meta', about: 'write id, createdAt and updatedAt of each record first' },
    {
      flags: '--delimiter <character>',
      about: 'character between the cells of CSV',
      defaultText: 'a comma',
    },
    { flags: '--bom', about: 'byte order mark at the start of CSV and TSV' },
    {
      flags: '--safe-formulas',
      about: 'prevent spreadsheets from running formulas in CSV and TSV; changes values',
    },
    {
      flags: '--excel',
      about:
        'CSV and TSV that open in Excel with a double click: --bom, --safe-formulas, delimiter and decimals by locale',
    },
    {
      flags: '--delete',
      about: 'with --to: delete rows whose record is gone',
      defaultText: 'keep them',
    },
    {
      flags: '--since <last>',
      about: 'with --to: read only what has changed since the last run with this option',
      choices: ['last'],
    },
    { flags: '--append', about: 'with --to: insert every record as a new row; change no row' },
    {
      flags: '--add-columns',
      about: 'with --to: add missing columns to the table of the database',
    },
    ...allowEmptyOption,
    ...noWaitOption,
    ...safetyOptions,
  ],
  notes: NOTES,
  examples: [
    { command: 'clt export airports -o copy.csv', about: 'into a file' },
    { command: 'clt export airports > copy.csv', about: 'to stdout' },
    {
      command: `clt export airports -o ny.xlsx --where "state = NY" --select iata,name --sort name`,
      about: 'a part of the table, as a spreadsheet',
    },
    {
      command: 'clt export airports@live -o copy.ndjson.gz --with-meta',
      about: 'with the ID and dates of each record, compressed',
    },
    {
      command: 'clt export airports --to sqlite:copy.db#airports --delete --yes',
      about: 'into a table of a database; delete rows whose record is gone',
    },
    {
      command: 'clt export airports --to sqlite:copy.db#airports --since last',
      about: 'only what has changed since the last time',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
