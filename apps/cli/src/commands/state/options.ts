import { defineOptions } from '../../define-command.ts'

export const stateFileOption = defineOptions([
  {
    flags: '-f, --file <file>',
    about: 'use the state that this chatlayer.yaml names',
    completes: 'file',
    defaultText: 'CHATLAYER_STATE, or the profile',
  },
  { flags: '--overlay <name>', about: 'overlay of the file, such as staging' },
])
