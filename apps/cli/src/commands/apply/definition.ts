import { defineCommand, type OptionsOf } from '../../define-command.ts'
import { parseNumber } from '../../options/parse-count.ts'
import { allowOption, onlyOption, projectFileOptions } from '../../options/project.ts'
import { acceptStoredOption, journalOptions, noWaitOption } from '../../options/writing.ts'

const NOTES = `Reads all sides, shows the plan and asks. Writes nothing if a limit is exceeded, columns differ from
the schema, or a check fails on what the tables would hold (exit code 11). LIVE is written only where
the file says @live. At the end all sides are read again and compared, and the checks are repeated.
All writes are one job: if interrupted, continue with clt jobs resume; undo all of it with
clt changes undo --job ID.
If it fails, on_failure of the file is called, unless you said no or interrupted it.
With --queue a worker applies it (clt worker), without asking: the file and the small files that it reads
go along, the token does not. If the file has a schedule, it is registered, unless --only or --allow is
passed; if it has none any more, an earlier one of this name is removed.`

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
    { flags: '--queue', about: 'put it into the queue for a worker' },
    {
      flags: '--priority <n>',
      about: 'with --queue: higher ones are applied first',
      parse: parseNumber,
      default: 0,
    },
    {
      flags: '--name <name>',
      about: 'with --queue: name of the job and of the schedule',
      defaultText: 'name of the folder',
    },
    { flags: '--follow', about: 'with --queue: show its log until it has ended' },
  ],
  notes: NOTES,
  examples: [
    { command: 'clt apply --yes', about: 'make all tables what the file says' },
    { command: 'clt apply --only airports --yes --json', about: 'one sync; events as JSON' },
    {
      command: 'clt plan --exit-zero --out plan.json && clt apply --plan plan.json --yes',
      about: 'apply exactly the plan that was reviewed',
    },
    { command: 'clt apply --queue --yes', about: 'let a worker apply it, now and by its schedule' },
  ],
})

export type Options = OptionsOf<typeof definition>
