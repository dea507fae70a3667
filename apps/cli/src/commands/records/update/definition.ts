import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { TABLE } from '../../../options/arguments.ts'
import { explainOption, targetOptions, valueOptions } from '../../../options/records.ts'
import { acceptStoredOption, journalOptions, safetyOptions } from '../../../options/writing.ts'

export const definition = defineCommand({
  name: 'records update',
  about: 'update records',
  arguments: [TABLE],
  options: [
    ...targetOptions,
    ...explainOption,
    ...valueOptions,
    ...safetyOptions,
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
  ],
})

export type Options = OptionsOf<typeof definition>
