import { defineCommand, type OptionsOf } from '../../../define-command.ts'

export const definition = defineCommand({
  name: 'auth login',
  about: 'test a connection and save it as a profile',
  options: [
    { flags: '--with-token', about: 'read the token from stdin' },
    { flags: '--no-keychain', about: 'keep the token in a file instead of the system keychain' },
    {
      flags: '--state <address>',
      about:
        'database that keeps changes, jobs and locks for several machines: connection:NAME or postgres://user@host/database',
      defaultText: 'this machine',
    },
  ],
  examples: [
    { command: 'clt auth login', about: 'ask for every value' },
    {
      command:
        'clt auth login --profile prod --region eu --team T1 --bot B1 --with-token < token.txt',
      about: 'without questions',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
