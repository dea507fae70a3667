import { defineCommand, type OptionsOf } from '../../define-command.ts'
import { htmlOptions } from '../../options/html.ts'
import { parseCount } from '../../options/parse-count.ts'
import { allowOption, onlyOption, projectFileOptions } from '../../options/project.ts'

const NOTES = `Reads all sides of the file and writes nothing. Exit codes: 0 if there is nothing to do, 10 if
there are changes (0 with --exit-zero), 11 if a limit is exceeded, columns differ from the schema or
a check fails, 2 if the file is not valid.
--out writes the plan to a file. clt apply --plan FILE applies exactly this plan, and refuses if the
data has changed since. The plan file contains no values of records.
With --html or --open the page has all changes of each sync; stdout has only the summary.`

export const definition = defineCommand({
  name: 'plan',
  about: 'show what chatlayer.yaml would change',
  options: [
    ...projectFileOptions,
    ...onlyOption,
    ...allowOption,
    {
      flags: '--examples <n>',
      about: 'changes shown of each sync',
      default: 10,
      parse: parseCount,
    },
    { flags: '--markdown', about: 'Markdown output, for a comment on a pull request' },
    { flags: '-o, --out <file>', about: 'plan file for clt apply --plan', completes: 'file' },
    ...htmlOptions,
    { flags: '--exit-zero', about: 'exit 0 also if there are changes' },
  ],
  notes: NOTES,
  examples: [
    { command: 'clt plan --exit-zero', about: 'what would change' },
    {
      command: 'clt plan --only airports --exit-zero --json',
      about: 'one sync, as JSON',
    },
    {
      command: 'clt plan --exit-zero --markdown --out plan.json > plan.md',
      about: 'for review: a comment for a pull request, and the plan to apply',
    },
    {
      command: 'clt plan --exit-zero --html plan.html',
      about: 'all changes as a page, to search and to send',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
