import { defineCommand, type OptionsOf } from '../../../define-command.ts'

export const definition = defineCommand({
  name: 'jobs rm',
  about: 'remove jobs; tables stay unchanged',
  arguments: [{ name: '[jobs...]', about: 'job IDs' }],
  options: [{ flags: '--done', about: 'all finished jobs' }],
  examples: [{ command: 'clt jobs rm --done', about: 'all finished jobs' }],
})

export type Options = OptionsOf<typeof definition>
