/** What a probe with a scratch table learns of a gateway that differs from the defaults. */
import { startEmulator } from '@chatlayer-tables/emulator'
import { expect, test } from 'vitest'
import { createClient, type Dialect } from '../../src/index.ts'

const SCRATCH = {
  name: 'scratch',
  columns: [
    { name: 'mark', type: 'text' },
    { name: 'spare', type: 'text' },
    { name: 'at', type: 'timestamp' },
  ],
}

test.each<Partial<Dialect>>([
  { timestampPrecision: 'microseconds' },
  { timestampPrecision: 'milliseconds' },
  { timestampPrecision: 'seconds' },
  { nullEncoding: 'word', insertAnswer: 'none', changeAnswer: 'count', emptyFilter: 'none' },
])('%o is learned, and nothing is left in the table', async (dialect) => {
  await using emulator = await startEmulator({ tables: [SCRATCH], dialect })
  const { url: baseUrl, token, teamId, botId } = emulator
  await using client = createClient({ baseUrl, token, teamId, botId })
  const { dialect: learned, findings } = await client.probe({ scratchTable: 'scratch' })
  expect(learned).toMatchObject(dialect)
  expect(client.dialect).toMatchObject(dialect)
  const found = findings.find(({ setting }) => setting === 'timestampPrecision')
  expect(found?.evidence).toContain('digits of a second')
  expect(emulator.tables.records('scratch')).toEqual([])
})
