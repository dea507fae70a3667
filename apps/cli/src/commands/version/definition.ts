import { defineCommand, type OptionsOf } from '../../define-command.ts'

export const definition = defineCommand({
  name: 'version',
  about: 'show the version; with --json also Node and the folders in use',
  examples: [
    { command: 'clt version', about: 'the same as clt --version' },
    { command: 'clt version --json', about: 'for a bug report' },
  ],
})

export type Options = OptionsOf<typeof definition>
