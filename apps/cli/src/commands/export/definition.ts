import { FORMAT_NAMES } from '@chatlayer-tables/files/formats'
import { defineCommand, type OptionsOf } from '../../define-command.ts'
import { TABLE } from '../../options/arguments.ts'
import { conditionOptions, limitOption, sortOption } from '../../options/records.ts'

export const definition = defineCommand({
  name: 'export',
  about: 'write the records of a table to a file',
  arguments: [TABLE],
  options: [
    {
      flags: '-o, --output <file>',
      about: 'file to write',
      completes: 'file',
      defaultText: 'stdout',
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
  ],
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
  ],
})

export type Options = OptionsOf<typeof definition>
