import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { stateFileOption } from '../options.ts'

export const definition = defineCommand({
  name: 'state prune',
  about: 'remove what is no longer needed: old changes, ended sessions, expired reviews and notes',
  options: stateFileOption,
  notes: 'Programs do this from time to time by themselves. Jobs are kept: see clt jobs rm --done.',
  examples: [{ command: 'clt state prune', about: 'such as before a backup of the database' }],
})

export type Options = OptionsOf<typeof definition>
