/** A call that takes over a second reports its progress, whatever the tool. */
import { expect, it } from 'vitest'
import type { Progress } from './clients.ts'
import { describeTools } from './suite.ts'

/** Longer than the time after which a call reports. */
const LATENCY_MS = 1_200

const CALLS = [
  ['list_tables', { counts: true }],
  ['describe_table', { table: 'stores', format: 'detailed' }],
  ['query_records', { table: 'stores', where: { name: { contains: '1' } }, limit: 50 }],
  ['query_records', { table: 'stores', group_by: ['city'] }],
  ['query_sql', { sql: 'select count(*) from stores' }],
  ['delete_records', { table: 'stores', where: { city: 'Ghent' }, dry_run: true }],
] as const

describeTools('progress', (suite) => {
  // Once by each client and each transport is enough.
  const isWanted = (suite.generation === 'v1') === (suite.wire === 'http')

  it.runIf(isWanted)(
    'is reported by every tool while it runs, each time with a larger number',
    async () => {
      suite.emulator.faults.set([{ kind: 'latency', ms: LATENCY_MS }])
      await Promise.all(
        CALLS.map(async ([tool, args]) => {
          const reports: Progress[] = []
          const answer = await suite.client.call(tool, args, (report) => reports.push(report))
          expect(answer.isError, answer.text).toBe(false)
          const messages = reports.map(({ message }) => message)
          expect({ tool, messages }).not.toEqual({ tool, messages: [] })
          expect(messages.every((message) => /\d (?:request|record)s? /.test(message ?? ''))).toBe(
            true,
          )
          const steps = reports.map(({ progress }) => progress)
          expect(steps).toEqual([...new Set(steps)].toSorted((a, b) => a - b))
        }),
      )
    },
  )
})
