import { defineCommand, type OptionsOf } from '../../define-command.ts'
import { allowOption, projectFileOptions } from '../../options/project.ts'
import { acceptStoredOption, journalOptions } from '../../options/writing.ts'

const NOTES = `For cron: asks nothing, prints nothing if there was nothing to do, and with --quiet prints only
errors. What protects the tables are the limits, the schema and the checks of the file: see clt apply.
If another process is writing to the same table, ends immediately with exit code 12.
If it fails, on_failure of the file is called, unless it was interrupted or the exit code is 12.`

export const definition = defineCommand({
  name: 'run',
  about: 'apply syncs of chatlayer.yaml without asking, for cron',
  arguments: [{ name: '<syncs...>', about: 'names of syncs' }],
  options: [...projectFileOptions, ...allowOption, ...acceptStoredOption, ...journalOptions],
  notes: NOTES,
  examples: [
    { command: 'clt run airports', about: 'what a cron job calls' },
    {
      command: 'clt run airports --file chatlayer.yaml --quiet',
      about: 'prints only errors',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
