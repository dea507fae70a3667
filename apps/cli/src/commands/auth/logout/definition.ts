import { defineCommand, type OptionsOf } from '../../../define-command.ts'

export const definition = defineCommand({
  name: 'auth logout',
  about: 'remove a saved connection and its token',
  arguments: [
    { name: '[name]', about: 'profile name (default: the current profile)', completes: 'profile' },
  ],
  options: [{ flags: '--all', about: 'all saved connections' }],
  examples: [
    { command: 'clt auth logout prod', about: 'remove the token from this machine' },
    { command: 'clt auth logout --all', about: 'remove all saved connections' },
  ],
})

export type Options = OptionsOf<typeof definition>
