import { defineCommand, type OptionsOf } from '../../define-command.ts'

export const definition = defineCommand({
  name: 'emulator',
  about: 'run an emulated gateway on this machine',
  // It has a help and errors of its own.
  parsesItself: true,
  arguments: [{ name: '[args...]', about: 'options of the emulator' }],
  examples: [
    { command: 'clt emulator', about: 'print how to connect, run until Ctrl-C' },
    { command: 'clt emulator --help', about: 'its own options' },
  ],
})

export type Options = OptionsOf<typeof definition>
