import { defineCommand, type OptionsOf } from '../../../define-command.ts'

export const definition = defineCommand({
  name: 'auth switch',
  about: 'make a saved connection the current one',
  arguments: [{ name: '[name]', about: 'profile name (default: ask)', completes: 'profile' }],
  examples: [{ command: 'clt auth switch prod', about: 'for all shells, from now on' }],
})

export type Options = OptionsOf<typeof definition>
