import { defineCommand, type OptionsOf } from '../../define-command.ts'
import { parseCount } from '../../options/parse-count.ts'
import { allowOption, onlyOption, projectFileOptions } from '../../options/project.ts'
import { acceptStoredOption, noteOption, noWaitOption } from '../../options/writing.ts'

const NOTES = `Without an argument: lists the writes of assistants that wait for a decision (an MCP server
that asks for reviews stores them). With the ID of a review: shows its changes and asks. Approving
writes nothing by itself: the assistant calls its tool again, and only the approved rows are written, if no
record has changed since.
With plan: shows what chatlayer.yaml would change in the browser. Approving there applies exactly that
plan, as clt apply --plan does, and shows the progress; a plan that is out of date is refused.
With the ID of a job: shows its progress until it ends; changes nothing.

No option answers the question, and without a terminal the exit code is 2. --json shows a review or a job and
asks nothing.

Exit codes: 0 if the decision is stored, for lists and for jobs; 2 if nothing was decided, or the review is
over; 3 if there is none of this ID; after an approved plan, those of clt apply.`

export const definition = defineCommand({
  name: 'review',
  about: 'approve or decline what waits for a person, in the terminal or the browser',
  arguments: [
    {
      name: '[id]',
      about: 'review or job ID, or plan for chatlayer.yaml (default: list what waits)',
      completes: { values: ['plan'] },
    },
  ],
  options: [
    { flags: '--browser', about: 'decide or watch on a page in the browser (plan: always)' },
    {
      flags: '--limit <n>',
      about: 'maximum number of changes shown in the terminal',
      parse: parseCount,
      default: 50,
    },
    ...noteOption,
    ...projectFileOptions,
    ...onlyOption,
    ...allowOption,
    ...acceptStoredOption,
    ...noWaitOption,
  ],
  notes: NOTES,
  examples: [
    { command: 'clt review', about: 'what waits for a decision' },
    { command: 'clt review --json', about: 'the same for a script' },
    { command: 'clt review k3f9 --json', about: 'a review, or a job and its progress' },
  ],
})

export type Options = OptionsOf<typeof definition>
