import { defineCommand, type OptionsOf } from '../../../define-command.ts'

export const definition = defineCommand({
  name: 'jobs show',
  about: 'show the details of a job',
  arguments: [{ name: '<job>', about: 'job ID, or a unique prefix of it' }],
  examples: [{ command: 'clt jobs show k3f9 --json', about: 'all details of a job' }],
})

export type Options = OptionsOf<typeof definition>
