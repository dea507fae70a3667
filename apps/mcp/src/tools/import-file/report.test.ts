import type { ImportReport } from '@chatlayer-tables/transfer'
import { expect, it } from 'vitest'
import { fieldsOf } from './report.ts'

const REPORT = {
  ...{ read: 3, inserted: 1, updated: 0, unchanged: 0, deleted: 0, rejected: 0, unknown: 0 },
  ...{ unsent: 2, notDeleted: 0, files: {}, heldTwice: [], job: 't5r8nwzd' },
}

it.each([
  [
    'interrupted',
    'Stopped before the end (interrupted). The operator can resume it: "clt jobs resume t5r8nwzd".',
  ],
  ['file', 'Stopped before the end (file). To import the file as it is now, first undo the job.'],
  ['errors', 'Stopped before the end (errors).'],
])('reports the next step after a stop (%s)', (reason, notice) => {
  const report = { ...REPORT, stopped: { reason, error: undefined } } as unknown as ImportReport
  expect(fieldsOf(report, []).notice).toBe(notice)
})
