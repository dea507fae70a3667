import { defineCommand, type OptionsOf } from '../../define-command.ts'

const NOTES = `The client uses the schemas (zod 4) to check and type records:
  import { createClient } from '@chatlayer-tables/core'
  import { Stores } from './tables.ts'
  const stores = createClient({ … }).table('stores', Stores)
With --no-zod:
  const stores = createClient({ … }).table('stores') as TableHandle<Stores>

The output depends only on names, descriptions and columns, not on the order of the arguments.
Columns are the same in DRAFT and LIVE. With --check the exit code is 0 if the file is up to date,
1 if it is not (stderr shows the differences), and 2 or more for an error.`

export const definition = defineCommand({
  name: 'types',
  about: 'generate TypeScript for the columns of tables',
  arguments: [
    {
      name: '[tables...]',
      about: 'table names or IDs; name@draft or name@live selects the version (default: all)',
    },
  ],
  options: [
    {
      flags: '-o, --output <file>',
      about: 'file to write',
      completes: 'file',
      defaultText: 'stdout',
    },
    { flags: '--check', about: 'write nothing; exit with 1 if the file is out of date' },
    { flags: '--no-zod', about: 'types only, without zod schemas' },
  ],
  notes: NOTES,
  examples: [
    { command: 'clt types airports', about: 'a zod schema and a type, on stdout' },
    { command: 'clt types -o tables.ts', about: 'write all tables of the bot to a file' },
    {
      command: 'clt types -o tables.ts && clt types -o tables.ts --check',
      about: 'the second command is for CI: it fails if columns have changed',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
