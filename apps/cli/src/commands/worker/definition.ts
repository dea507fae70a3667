import { defineCommand, type OptionsOf } from '../../define-command.ts'
import { parseCount } from '../../options/parse-count.ts'
import { parseInterval } from '../../options/parse-interval.ts'
import { parseListen } from '../../options/parse-listen.ts'

const NOTES = `Takes jobs from the queue in the database that machines share (CHATLAYER_STATE, state of a profile or
of chatlayer.yaml), which clt apply --queue and schedules fill. The token is the worker's own. One job
at a time writes to a table, whatever the number of workers; the jobs of a worker that dies are resumed
by another. Prints one line for each event, with --json as JSON.
At SIGTERM or Ctrl-C it takes no more jobs, and lets those that run end for the time of --drain; then
they stop at a safe point, and another worker resumes them. A second signal stops them at once.
--metrics serves /healthz and /metrics (Prometheus) over HTTP: on this machine for a port alone.`

export const definition = defineCommand({
  name: 'worker',
  about: 'carry out queued and scheduled applies',
  options: [
    {
      flags: '--concurrency <n>',
      about: 'jobs at a time',
      parse: parseCount,
      default: 2,
    },
    {
      flags: '--metrics <address>',
      about: 'port, or HOST:PORT, for /healthz and /metrics',
      parse: parseListen,
      defaultText: 'none',
    },
    {
      flags: '--drain <duration>',
      about: 'time for running jobs to end when the worker is stopped',
      parse: parseInterval,
      default: 30_000,
      defaultText: '30s',
    },
    { flags: '--once', about: 'end when no job can be taken' },
    {
      flags: '-f, --file <file>',
      about: 'chatlayer.yaml whose schedule is registered, and whose state is used',
      completes: 'file',
      defaultText: 'none',
    },
    { flags: '--overlay <name>', about: 'overlay of the file, such as staging' },
    { flags: '--name <name>', about: 'name of the schedule', defaultText: 'name of the folder' },
  ],
  notes: NOTES,
  examples: [
    { command: 'clt worker --concurrency 4', about: 'take jobs until it is stopped' },
    { command: 'clt worker --once --json', about: 'carry out what waits, with events as JSON' },
    {
      command: 'clt worker --file chatlayer.yaml --metrics 0.0.0.0:9464',
      about: 'register the schedule of a file, and serve metrics to other machines',
    },
  ],
})

export type Options = OptionsOf<typeof definition>
