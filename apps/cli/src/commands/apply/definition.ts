import { defineCommand, type OptionsOf } from '../../define-command.ts'
import { allowOption, onlyOption, projectFileOptions } from '../../options/project.ts'
import { acceptStoredOption, journalOptions, noWaitOption } from '../../options/writing.ts'

const NOTES = `Reads all sides, shows the plan and asks. Writes nothing if a limit is exceeded, columns differ from
the schema, or a check fails on what the tables would hold (exit code 11). LIVE is written only where
the file says @live. At the end all sides are read again and compared, and the checks are repeated.
All writes are one job: if interrupted, continue with clt jobs resume; undo all of it with
clt changes undo --job ID.
If it fails, on_failure of the file is called, unless you said no or interrupted it.`

export const definition = defineCommand({
  name: 'apply',
  about: 'write what chatlayer.yaml changes',
  options: [
    ...projectFileOptions,
    ...onlyOption,
    ...allowOption,
    {
      flags: '--plan <file>',
      about: 'apply exactly this plan, written by clt plan --out',
      completes: 'file',
    },
    { flags: '-y, --yes', about: 'skip confirmation; required without a terminal' },
    ...acceptStoredOption,
    ...noWaitOption,
    ...journalOptions,
  ],
  notes: NOTES,
  examples: [
    { command: 'clt apply --yes', about: 'make all tables what the file says' },
    { command: 'clt apply --only airports --yes --json', about: 'one sync; events as JSON' },
    {
      command: 'clt plan --exit-zero --out plan.json && clt apply --plan plan.json --yes',
      about: 'apply exactly the plan that was reviewed',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
