import { defineCommand, type OptionsOf } from '../../define-command.ts'

const NOTES = `Reads the first rows of the files in this folder and its subfolders (data files and SQLite databases),
and matches them with the tables of the bot by name and columns. Writes nothing to tables. Without a
connection the file contains commented examples. Next to the file, chatlayer.schema.json is written,
by which editors complete and check it.`

export const definition = defineCommand({
  name: 'init',
  about: 'write a first chatlayer.yaml for the tables of the bot and the files of this folder',
  options: [
    {
      flags: '-f, --file <file>',
      about: 'the file to write',
      default: 'chatlayer.yaml',
      completes: 'file',
    },
    { flags: '--stdout', about: 'print the file; write nothing' },
    { flags: '--force', about: 'overwrite existing files' },
  ],
  notes: NOTES,
  examples: [
    { command: 'clt init --stdout', about: 'show what it would write' },
    { command: 'clt init --file other.yaml', about: 'write it' },
  ],
})

export type Options = OptionsOf<typeof definition>
