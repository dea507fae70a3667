import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { stateFileOption } from '../options.ts'

export const definition = defineCommand({
  name: 'state grant',
  about: 'let a role of the database use the shared state, without changing its tables',
  arguments: [{ name: '<role>', about: 'role that programs connect as' }],
  options: [
    { flags: '--print', about: 'print the SQL statements, and run nothing' },
    ...stateFileOption,
  ],
  examples: [
    { command: 'clt state grant tables_app', about: 'as the role that has migrated' },
    { command: 'clt state grant tables_app --print', about: 'for an administrator to run' },
  ],
})

export type Options = OptionsOf<typeof definition>
