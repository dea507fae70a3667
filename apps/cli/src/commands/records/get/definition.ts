import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { TABLE } from '../../../options/arguments.ts'
import { ROW_NOTES, rowOptions } from '../../../options/rows.ts'

export const definition = defineCommand({
  name: 'records get',
  about: 'show records by ID',
  arguments: [TABLE, { name: '<ids...>', about: 'record IDs' }],
  options: rowOptions,
  notes: ROW_NOTES,
  examples: [
    {
      command: 'clt records get airports 5b2f63c0-9f6e-4d7a-8a51-0c1d2e3f4a5b',
      about: 'one record, by its ID',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
