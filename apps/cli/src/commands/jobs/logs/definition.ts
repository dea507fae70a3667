import { defineCommand, type OptionsOf } from '../../../define-command.ts'
import { parseCount } from '../../../options/parse-count.ts'

const NOTES = `Writes the messages of the worker, one on a line, with --json as objects. With --follow it ends with the job,
and with its exit code. The last 1000 lines of a job are kept, for 14 days after its end.`

export const definition = defineCommand({
  name: 'jobs logs',
  about: 'show what a worker reported of a queued job',
  arguments: [{ name: '<job>', about: 'ID of a queued job, or a unique prefix of it' }],
  options: [
    { flags: '--lines <n>', about: 'how many of the last lines', parse: parseCount, default: 200 },
    { flags: '--follow', about: 'show further lines until the job has ended' },
  ],
  notes: NOTES,
  examples: [
    { command: 'clt jobs logs 1f0a6c2e', about: 'the last lines' },
    {
      command: 'clt jobs logs 1f0a6c2e --follow',
      about: 'all that comes, until the job has ended',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
