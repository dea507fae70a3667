import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { TABLE } from '../../../options/arguments.ts'

export const definition = defineCommand({
  name: 'tables get',
  about: 'show the columns of a table',
  arguments: [TABLE],
  examples: [{ command: 'clt tables get airports', about: 'columns and their types' }],
})

export type Options = OptionsOf<typeof definition>
