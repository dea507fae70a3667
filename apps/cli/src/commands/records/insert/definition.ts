import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { TABLE } from '../../../options/arguments.ts'
import { rowValueOptions } from '../../../options/records.ts'
import { acceptStoredOption, dryRunOption, journalOptions } from '../../../options/writing.ts'

export const definition = defineCommand({
  name: 'records insert',
  about: 'insert records',
  arguments: [TABLE],
  options: [
    ...rowValueOptions,
    ...acceptStoredOption,
    ...dryRunOption,
    { flags: '-y, --yes', about: 'skip confirmation' },
    ...journalOptions,
  ],
  examples: [
    {
      command: `clt records insert airports --set iata=GNE --set "name=Ghent Heliport" --set latitude=51.05`,
      about: 'one record; prints its ID',
    },
    {
      command: `clt records insert airports --data '{"iata": "GNE", "city": null}' --dry-run`,
      about: 'show the record without inserting it',
    },
    {
      command: 'clt records insert airports < airports.ndjson',
      about: 'many records: one JSON object per line',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
