import { defineCommand, type OptionsOf } from '../../define-command.ts'

export const definition = defineCommand({
  name: 'doctor',
  about: 'check settings and connection, and suggest fixes',
  options: [
    {
      flags: '--scratch-table <table>',
      about: 'table that the probe may write to; its contents are restored',
      completes: 'bot table',
    },
    {
      flags: '--report <file>',
      about:
        'write a report of what the gateway showed, without names and values, to send to the project',
      completes: 'file',
    },
    { flags: '--no-probe', about: 'skip the probe of the gateway' },
    { flags: '--save', about: 'save the results of the probe in the profile' },
  ],
  examples: [
    { command: 'clt doctor', about: 'settings, network, sign-in, tables, clock and dialect' },
    { command: 'clt doctor --no-probe --json', about: 'without probing the gateway' },
    {
      command: 'clt doctor --scratch-table scratch',
      about: 'learn more by writing to that table; the writes are undone',
    },
    {
      command: 'clt doctor --report report.json',
      about: 'also record each request and response, with all names, ids and values replaced',
    },
    {
      command: 'clt doctor --profile prod --save',
      about: 'save the results of the probe in the profile',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
