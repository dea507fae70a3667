import { PassThrough } from 'node:stream'
import type { ChangeSetSummary, RecordedChange } from '@chatlayer-tables/journal'
import { expect, it } from 'vitest'
import { changesText, jobText, printChanges } from './change-output.ts'
import { Writer } from './writer.ts'

async function printed(changes: readonly RecordedChange[]): Promise<string> {
  const stream = new PassThrough()
  await printChanges(new Writer(stream, {}), changes)
  return String(stream.read() ?? '')
}

const CHANGE: RecordedChange = {
  seq: 1,
  change: 'inserted',
  status: 'ok',
  id: 'r1',
  before: undefined,
  after: { code: 'AB', city: null, price: '2.3' },
  differences: [
    { column: 'code', sent: ' ab ', stored: 'AB' },
    { column: 'city', sent: '  ', stored: null },
    { column: 'mail', sent: undefined, stored: undefined },
  ],
  hidden: { before: [], after: ['mail'] },
  at: '2026-05-01T00:00:00Z',
  endedAt: undefined,
  problem: undefined,
  isUndone: false,
}

it('shows the sent values where the stored ones differ', async () => {
  expect(await printed([CHANGE])).toBe(`+ r1
    code   AB
    price  2.3
    code  sent as " ab ", stored as "AB"
    city  sent as "  ", stored as null
    mail  sent as not recorded, stored as not recorded
    mail  not recorded
`)
})

const COUNTS = {
  inserted: 0,
  updated: 0,
  deleted: 0,
  rejected: 0,
  unknown: 0,
  elsewhere: 0,
  open: 0,
}

function summary(facts: Partial<ChangeSetSummary>): ChangeSetSummary {
  return {
    id: 's1',
    status: 'settled',
    tool: 'cli',
    client: undefined,
    principal: undefined,
    host: undefined,
    command: 'import',
    note: undefined,
    connection: { origin: 'https://gateway.example', teamId: 't', botId: 'b' },
    table: { id: 't1', name: 'stores', columns: [] },
    version: 'DRAFT',
    begunAt: '2026-05-01T00:00:00Z',
    endedAt: undefined,
    counts: COUNTS,
    undoes: undefined,
    job: 'j1',
    undone: 0,
    ...facts,
  }
}

it('describes a change set of a job with its counts and the undone part', () => {
  const counts = { ...COUNTS, inserted: 1_200, rejected: 3 }
  const text = (undone: number) => changesText(summary({ counts, undone }))
  expect(text(0)).toBe('s1 (import) in stores@draft: 1,200 inserted, 3 rejected; not undone')
  expect(text(7)).toMatch(/; 7 undone$/)
  expect(text(1_200)).toMatch(/; undone$/)
})

it('names a job by the command that started it and its tables', () => {
  const resumed = summary({ command: 'jobs resume' })
  const other = summary({ version: 'LIVE' })
  expect(jobText('j1', [resumed, summary({})])).toBe('job j1 (import) in "stores" (DRAFT)')
  expect(jobText('j1', [other, resumed, summary({})])).toBe('job j1 (import) in 2 tables')
})
