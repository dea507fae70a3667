import { defineCommand, type OptionsOf } from '../../define-command.ts'

export const definition = defineCommand({
  name: 'emulator',
  about: 'run an emulated gateway on this machine',
  // The emulator has its own help and errors.
  parsesItself: true,
  arguments: [{ name: '[args...]', about: 'options of the emulator' }],
  examples: [
    { command: 'clt emulator', about: 'print the connection settings and run until Ctrl-C' },
    { command: 'clt emulator --help', about: 'options of the emulator' },
  ],
})

export type Options = OptionsOf<typeof definition>
