import { defineCommand, type OptionsOf } from '../../../define-command.ts'

export const definition = defineCommand({
  name: 'jobs show',
  about: 'show one job in full',
  arguments: [{ name: '<job>', about: 'job ID, or a unique prefix of it' }],
  examples: [{ command: 'clt jobs show k3f9 --json', about: 'everything kept about one job' }],
})

export type Options = OptionsOf<typeof definition>
