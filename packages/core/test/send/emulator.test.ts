/** The sending path against the emulator: its guarantees hold under all failures of requests. */
import { basicAuthorization } from '@chatlayer-tables/contract'
import { type EmulatorOptions, startEmulator } from '@chatlayer-tables/emulator'
import { expect, test } from 'vitest'
import { createSender, type Sender } from '../../src/send/sender.ts'

/** An emulator with a table and a sender to it; both end with the block that they are made in. */
async function start(faults: NonNullable<EmulatorOptions['faults']>) {
  const emulator = await startEmulator({
    faults,
    tables: [{ name: 'rows', columns: [{ name: 'n', type: 'int' }] }],
  })
  const sender = createSender({
    connection: {
      origin: emulator.url,
      prefix: '/api/v1',
      teamId: emulator.teamId,
      botId: emulator.botId,
    },
    authorization: basicAuthorization(emulator.token),
  })
  return {
    sender,
    async [Symbol.asyncDispose]() {
      await sender.close()
      await emulator.close()
    },
  }
}

async function insertAll(sender: Sender, count: number) {
  const tables = await sender.send('listTables', { params: {}, query: {} })
  const tableId = tables.body.data[0]?.id ?? ''
  const ends = await Promise.allSettled(
    Array.from({ length: count }, (_, n) =>
      sender.send('performTableAction', {
        params: { tableId },
        query: { version: 'DRAFT' },
        body: { type: 'INSERT', fields: [{ columnName: 'n', value: String(n) }] },
      }),
    ),
  )
  const held: number[] = []
  for (let offset = 0; ; offset += 100) {
    const { body } = await sender.send('getTableData', {
      params: { tableId },
      query: { version: 'DRAFT', limit: 100, offset },
    })
    held.push(...body.data.map(({ values }) => Number(values.n)))
    if (body.data.length < 100) return { ends, held }
  }
}

const limits = (['window', 'bucket'] as const).flatMap((algorithm) =>
  (
    [
      'none',
      'retry-after-seconds',
      'retry-after-date',
      'x-ratelimit-seconds',
      'x-ratelimit-ms',
    ] as const
  ).map((headers) => ({ algorithm, headers })),
)

test.concurrent.each(limits)(
  'a rate limit ($algorithm, $headers) loses no row and doubles none',
  async ({ algorithm, headers }) => {
    // So low that even a busy machine exceeds it.
    await using started = await start([{ kind: 'rate-limit', perSecond: 12, algorithm, headers }])
    const { sender } = started
    const { ends, held } = await insertAll(sender, 48)
    expect(ends.filter(({ status }) => status === 'rejected')).toEqual([])
    expect(held.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 48 }, (_, n) => n))
    // If every response reports what remains, the limit need not be reached.
    if (!headers.startsWith('x-ratelimit')) expect(sender.stats().throttled).toBeGreaterThan(0)
  },
  30_000,
)

test.concurrent('a row is doubled by nothing, and what is lost is said to be lost or unknown', async () => {
  await using started = await start([
    { kind: 'status', status: 503, when: 'before', rate: 0.05, actions: ['INSERT'] },
    { kind: 'status', status: 503, when: 'after', rate: 0.05, actions: ['INSERT'] },
    { kind: 'reset', when: 'before', rate: 0.05 },
    { kind: 'reset', when: 'after', rate: 0.05 },
  ])
  const { sender } = started
  const { ends, held } = await insertAll(sender, 600)
  expect(new Set(held).size).toBe(held.length)
  for (const [n, end] of ends.entries()) {
    if (end.status === 'fulfilled') expect(held).toContain(n)
    else if (end.reason.executed === 'no') expect(held).not.toContain(n)
  }
  expect(ends.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(60)
})
