import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { TABLE } from '../../../options/arguments.ts'
import { conditionOptions, explainOption } from '../../../options/records.ts'

export const definition = defineCommand({
  name: 'records count',
  about: 'count records',
  arguments: [TABLE],
  options: [...conditionOptions, ...explainOption],
  examples: [
    { command: `clt records count airports --where "state = NY"`, about: 'one number' },
    {
      command: `clt records count airports --where "name contains Intl" --explain`,
      about: 'show how many requests it would need, and why',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
