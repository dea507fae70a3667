import { defineCommand, type OptionsOf } from '../../define-command.ts'

export const definition = defineCommand({
  name: 'try',
  about: 'try commands on sample tables, without an account',
  arguments: [
    {
      name: '[command...]',
      about: 'command to run, after -- (default: a shell)',
      completes: 'file',
    },
  ],
  examples: [
    { command: 'clt try', about: 'open a shell; exit ends it' },
    { command: 'clt try -- clt records list stores', about: 'run one command' },
  ],
})

export type Options = OptionsOf<typeof definition>
