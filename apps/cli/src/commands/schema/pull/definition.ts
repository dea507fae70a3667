import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { outputOption } from '../../../options/project.ts'

const NOTES = `chatlayer.yaml refers to the file as  schema: schema.yaml  or contains the same map itself.
clt schema check compares it with the tables, and so does every plan and apply.`

export const definition = defineCommand({
  name: 'schema pull',
  about: 'write the columns of tables as a file',
  arguments: [{ name: '[tables...]', about: 'table names or IDs (default: all)' }],
  options: outputOption,
  notes: NOTES,
  examples: [
    { command: 'clt schema pull -o schema.yaml', about: 'the columns of all tables of the bot' },
    { command: 'clt schema pull airports', about: 'one table, on stdout' },
  ],
})

export type Options = OptionsOf<typeof definition>
