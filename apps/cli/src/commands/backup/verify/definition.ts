import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { ARCHIVE } from '../../../options/arguments.ts'

export const definition = defineCommand({
  name: 'backup verify',
  about: 'read a whole backup and report problems',
  arguments: [ARCHIVE],
  examples: [
    { command: 'clt backup verify backup.zip', about: 'read all of it and report problems' },
  ],
})

export type Options = OptionsOf<typeof definition>
