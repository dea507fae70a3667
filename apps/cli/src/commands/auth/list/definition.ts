import { defineCommand, type OptionsOf } from '../../../define-command.ts'

export const definition = defineCommand({
  name: 'auth list',
  about: 'list the saved connections',
  examples: [{ command: 'clt auth list', about: 'the current one is marked with a star' }],
})

export type Options = OptionsOf<typeof definition>
