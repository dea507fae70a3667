import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { ARCHIVE } from '../../../options/arguments.ts'

export const definition = defineCommand({
  name: 'backup show',
  about: 'list the contents of a backup',
  arguments: [ARCHIVE],
  examples: [{ command: 'clt backup show backup.zip', about: 'its tables and their records' }],
})

export type Options = OptionsOf<typeof definition>
