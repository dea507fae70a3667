import { defineCommand, type OptionsOf } from '../../../define-command.ts'

export const definition = defineCommand({
  name: 'jobs list',
  about: 'list jobs, newest first',
  examples: [{ command: 'clt jobs list', about: 'unfinished and finished jobs' }],
})

export type Options = OptionsOf<typeof definition>
