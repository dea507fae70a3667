import { defineCommand, type OptionsOf } from '../../../define-command.ts'

const NOTES = `A job that waits is not begun any more. One that runs is stopped by its worker within seconds, at a safe
point: what it has written stays, and can be undone or resumed (clt jobs show shows how). A schedule is
removed: jobs that it has sent stay.`

export const definition = defineCommand({
  name: 'jobs cancel',
  about: 'cancel queued jobs, and remove schedules',
  arguments: [{ name: '<jobs...>', about: 'IDs of queued jobs, or names of schedules' }],
  notes: NOTES,
  examples: [
    { command: 'clt jobs cancel 1f0a6c2e', about: 'a queued job' },
    { command: 'clt jobs cancel shop/staging', about: 'a schedule' },
  ],
})

export type Options = OptionsOf<typeof definition>
