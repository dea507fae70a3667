import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { TABLE } from '../../../options/arguments.ts'
import { conditionOptions } from '../../../options/records.ts'
import {
  acceptStoredOption,
  expectOption,
  journalOptions,
  safetyOptions,
} from '../../../options/writing.ts'

const NOTES = `Every occurrence within a value is replaced, unless --whole is passed; letter case counts, unless
  --ignore-case is passed. Null is never replaced. Only text columns can be searched; for others, see
  clt records update --set-sql.
  --regex reads <from> as a regular expression of JavaScript; in <to>, $1 and $<name> are its groups
  and $$ is a dollar sign. A record that changes meanwhile is not written.`

export const definition = defineCommand({
  name: 'records replace',
  about: 'find and replace text in columns',
  arguments: [
    TABLE,
    {
      name: '<columns>',
      about: 'text columns to search, comma-separated',
      completes: { columns: 'list' },
    },
    { name: '<from>', about: 'text to find' },
    { name: '<to>', about: 'text to put in its place; may be empty' },
  ],
  options: [
    ...conditionOptions,
    { flags: '--whole', about: 'replace only values that are equal to <from> as a whole' },
    { flags: '--ignore-case', about: 'find text in upper and lower case alike' },
    { flags: '--regex', about: 'read <from> as a regular expression' },
    ...safetyOptions,
    ...expectOption,
    ...acceptStoredOption,
    ...journalOptions,
  ],
  notes: NOTES,
  examples: [
    {
      command: 'clt records replace airports city "New York" NYC --whole --dry-run',
      about: 'show what would change',
    },
    {
      command: 'clt records replace airports name,city Intl International --yes',
      about: 'within the values of two columns, without confirmation',
    },
    {
      command: `clt records replace airports city '^(\\w+) Springs$' '$1 Spring' --regex --where 'state = MS' --expect 1 --yes`,
      about: 'by a regular expression, if exactly one record changes',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
