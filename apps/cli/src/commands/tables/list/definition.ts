import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { ROW_NOTES, rowOptions } from '../../../options/rows.ts'

export const definition = defineCommand({
  name: 'tables list',
  about: 'list the tables of the bot',
  options: rowOptions,
  notes: ROW_NOTES,
  examples: [
    { command: 'clt tables list', about: 'names, IDs and columns' },
    { command: 'clt tables list --json', about: 'everything the gateway returns about them' },
  ],
})

export type Options = OptionsOf<typeof definition>
