import { defineCommand, type OptionsOf } from '../../../define-command.ts'

export const definition = defineCommand({
  name: 'connections rm',
  about: 'remove saved connections and their secrets',
  arguments: [{ name: '<names...>', about: 'names of connections', completes: 'connection' }],
  examples: [{ command: 'clt connections rm warehouse || true', about: 'also from the keychain' }],
})

export type Options = OptionsOf<typeof definition>
