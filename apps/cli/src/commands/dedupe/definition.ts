import { defineCommand, type OptionsOf } from '../../define-command.ts'
import { TABLE } from '../../options/arguments.ts'
import { conditionOptions } from '../../options/records.ts'
import { expectOption, journalOptions, safetyOptions } from '../../options/writing.ts'

const NOTES = `Records are duplicates if all key columns have equal values, by type: 1.0 = 1, timestamps by instant,
  text to the letter. Records with null in a key column are not compared, and kept.
  --keep newest and oldest go by createdAt, or by --by: any column, createdAt or updatedAt. A record
  without a value there is kept only if none has one; among equals, newest keeps the last in the order
  of the table, oldest the first. --keep first goes by the order of the table alone.
  Before a record is deleted, it is read again: if it or the one to keep has changed, it stays.
  Holds the key and ID of every record in memory. Deleted records can be restored: clt changes undo`

export const definition = defineCommand({
  name: 'dedupe',
  about: 'delete records that repeat a key',
  arguments: [TABLE],
  options: [
    {
      flags: '--key <columns>',
      about: 'key columns, comma-separated',
      list: true,
      completes: { columns: 'list' },
    },
    {
      flags: '--keep <which>',
      about: 'record to keep of each key',
      choices: ['newest', 'oldest', 'first'],
      required: true,
    },
    {
      flags: '--by <column>',
      about: 'column, createdAt or updatedAt that tells newest and oldest',
      completes: { columns: 'fields' },
      defaultText: 'createdAt',
    },
    ...conditionOptions,
    ...safetyOptions,
    ...expectOption,
    ...journalOptions,
  ],
  notes: NOTES,
  examples: [
    {
      command: 'clt dedupe airports --key iata --keep newest --dry-run',
      about: 'show the duplicates, and where they differ from the record to keep',
    },
    {
      command: 'clt dedupe airports --key name,city --keep oldest --by updatedAt --yes',
      about: 'by two columns, without confirmation',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
