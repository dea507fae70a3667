import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import {
  acceptStoredOption,
  journalOptions,
  noWaitOption,
  yesToDeleteOption,
} from '../../../options/writing.ts'

export const definition = defineCommand({
  name: 'jobs resume',
  about: 'continue an interrupted job',
  arguments: [{ name: '[job]', about: 'job ID (default: the only unfinished job)' }],
  options: [
    {
      flags: '--input <file>',
      about: 'a copy of its file, where that is not on this machine; its content must be the same',
      completes: 'file',
      defaultText: 'the path it was started with',
    },
    ...acceptStoredOption,
    ...noWaitOption,
    ...journalOptions,
    ...yesToDeleteOption,
  ],
  examples: [
    { command: 'clt jobs resume', about: 'the only interrupted job' },
    { command: 'clt jobs resume k3f9', about: 'one of several jobs' },
  ],
})

export type Options = OptionsOf<typeof definition>
