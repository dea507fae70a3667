import { defineCommand, type OptionsOf } from '../../../define-command.ts'

export const definition = defineCommand({
  name: 'connections list',
  about: 'list the saved connections to databases and HTTP APIs',
  examples: [{ command: 'clt connections list', about: 'their names and addresses, no secrets' }],
})

export type Options = OptionsOf<typeof definition>
