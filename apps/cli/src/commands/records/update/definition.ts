import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { TABLE } from '../../../options/arguments.ts'
import {
  explainOption,
  setSqlOption,
  targetOptions,
  valueOptions,
} from '../../../options/records.ts'
import {
  acceptStoredOption,
  expectOption,
  journalOptions,
  safetyOptions,
} from '../../../options/writing.ts'

export const definition = defineCommand({
  name: 'records update',
  about: 'update records',
  arguments: [TABLE],
  options: [
    ...targetOptions,
    ...explainOption,
    ...valueOptions,
    ...setSqlOption,
    ...safetyOptions,
    ...expectOption,
    ...acceptStoredOption,
    ...journalOptions,
  ],
  examples: [
    {
      command: `clt records update airports --where "iata = 00M" --set "city=Bay Spring" --dry-run`,
      about: 'show what would change',
    },
    {
      command: `clt records update airports --where "iata = 00M" --set "city=Bay Spring" --yes`,
      about: 'update without confirmation',
    },
    {
      command: 'clt records update airports --all --set country=USA --yes',
      about: 'every record',
    },
    {
      command: `clt records update airports --all --set-sql "name=replace(name, 'Intl', 'International')" --dry-run`,
      about: 'find and replace within a column',
    },
  ],
  notes: `--set-sql:
  An expression in SQLite's SQL, as in clt sql, over the columns of its record, id, created_at and
  updated_at. Each sees the record as it was. If it fails for a record, or its value does not fit
  the column, nothing is written. Decimals are computed with 15 significant digits: to round,
  use round(price * 1.1, 2). A record that changes meanwhile is not written.`,
})

export type Options = OptionsOf<typeof definition>
