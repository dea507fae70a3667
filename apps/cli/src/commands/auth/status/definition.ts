import { defineCommand, type OptionsOf } from '../../../define-command.ts'

export const definition = defineCommand({
  name: 'auth status',
  about: 'show the connection and the source of each value',
  examples: [
    { command: 'clt auth status', about: 'the connection that the next command uses' },
    {
      command: 'clt auth status --profile prod --json',
      about: 'the connection of another profile',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
