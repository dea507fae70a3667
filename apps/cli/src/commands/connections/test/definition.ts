import { defineCommand, type OptionsOf } from '../../../define-command.ts'

export const definition = defineCommand({
  name: 'connections test',
  about: 'connect to a saved database or HTTP API',
  arguments: [{ name: '<name>', about: 'name of a connection', completes: 'connection' }],
  examples: [
    { command: 'clt connections test warehouse || true', about: 'exit code 0 if it works' },
  ],
})

export type Options = OptionsOf<typeof definition>
