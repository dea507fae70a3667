/** What a probe with a scratch table learns of a gateway that differs from the defaults. */
import { startEmulator } from '@chatlayer-tables/emulator'
import { expect, test } from 'vitest'
import { createClient, type Dialect, type Finding, type ProbeExchange } from '../../src/index.ts'

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
  { timestampZone: 'dropped' },
  { versions: 'shared' },
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

test('a recorder gets each exchange with its question, and each finding', async () => {
  await using emulator = await startEmulator({ tables: [SCRATCH] })
  const { url: baseUrl, token, teamId, botId } = emulator
  await using client = createClient({ baseUrl, token, teamId, botId })
  const plain = await client.probe({ scratchTable: 'scratch' })
  emulator.requests.clear()
  const recorder = createRecorder()
  const { requests } = await client.probe({ scratchTable: 'scratch', recorder })
  expect(requests).toBeGreaterThan(plain.requests)
  expect(recorder.exchanges).toHaveLength(emulator.requests.log.length)
  expect(recorder.exchanges).toContainEqual(
    expect.objectContaining({
      question: 'dialect.unknownColumn',
      operation: 'performTableAction',
      body: expect.stringContaining('no_such_column'),
      answer: expect.objectContaining({ status: 400, text: expect.stringContaining('message') }),
    }),
  )
  expect(JSON.stringify(recorder.exchanges)).not.toContain(token.split(':')[1])
  expect(recorder.findings.map(({ setting }) => setting)).toContain('nullEncoding')
})

test('an unexpected response ends a probe, and with a recorder only its question', async () => {
  const columns = SCRATCH.columns
  const records = [{ mark: 'a' }, { mark: 'b' }, { mark: 'c' }]
  await using emulator = await startEmulator({ tables: [{ name: 'some', columns, records }] })
  const { url: baseUrl, token, teamId, botId } = emulator
  await using client = createClient({ baseUrl, token, teamId, botId, maxAttempts: 1 })
  emulator.faults.set([{ kind: 'html', status: 200, actions: ['SELECT'], times: 1 }])
  await expect(client.probe()).rejects.toMatchObject({ code: 'UNEXPECTED_ANSWER' })
  emulator.faults.set([{ kind: 'html', status: 200, actions: ['SELECT'], times: 1 }])
  const { dialect } = await client.probe({ recorder: createRecorder() })
  expect(dialect).not.toHaveProperty('idFilter')
  expect(dialect).toHaveProperty('unknownColumn', 'refused')
})

function createRecorder() {
  const exchanges: ProbeExchange[] = []
  const findings: Finding[] = []
  return {
    exchanges,
    findings,
    onExchange: (exchange: ProbeExchange) => void exchanges.push(exchange),
    onFinding: (finding: Finding) => void findings.push(finding),
  }
}
