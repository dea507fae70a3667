import { defineCommand, type OptionsOf } from '../../../define-command.ts'

export const definition = defineCommand({
  name: 'auth list',
  about: 'list the saved connections',
  examples: [{ command: 'clt auth list', about: 'the current one has a star' }],
})

export type Options = OptionsOf<typeof definition>
