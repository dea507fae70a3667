import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { stateFileOption } from '../options.ts'

export const definition = defineCommand({
  name: 'state status',
  about: 'show where changes, jobs and locks are kept, and which machines use them',
  options: stateFileOption,
  examples: [
    { command: 'clt state status', about: 'place, schema, sessions, sizes and shared rate limits' },
    { command: 'clt state status --json', about: 'the same for a program' },
  ],
})

export type Options = OptionsOf<typeof definition>
