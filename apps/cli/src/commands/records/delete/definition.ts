import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { TABLE } from '../../../options/arguments.ts'
import { explainOption, targetOptions } from '../../../options/records.ts'
import { expectOption, journalOptions, safetyOptions } from '../../../options/writing.ts'

export const definition = defineCommand({
  name: 'records delete',
  about: 'delete records',
  arguments: [TABLE],
  options: [
    ...targetOptions,
    ...explainOption,
    ...safetyOptions,
    ...expectOption,
    ...journalOptions,
  ],
  examples: [
    {
      command: 'clt records delete airports --where "state = AK" --dry-run',
      about: 'show what would be deleted',
    },
    {
      command: 'clt records delete airports --where "iata = 00M" --yes',
      about: 'delete without confirmation',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
