/** Tests your own code against the emulator: no account, no mocks. */
import { type Client, createClient } from '@chatlayer-tables/core'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { subscribe } from './subscribe.ts'

let emulator: Emulator
let client: Client

beforeAll(async () => {
  emulator = await startEmulator({
    tables: [
      {
        name: 'subscribers',
        columns: [
          { name: 'email', type: 'text' },
          { name: 'active', type: 'bool' },
        ],
        records: [{ email: 'ada@example.com', active: false }],
      },
    ],
  })
  const { url: baseUrl, token, teamId, botId } = emulator
  client = createClient({ baseUrl, token, teamId, botId, maxAttempts: 3 })
})

// The records above, no faults, and an empty log of requests.
beforeEach(() => emulator.reset())

afterAll(async () => {
  await client.close()
  await emulator.close()
})

/** Reads past the client what is stored. */
function stored() {
  return emulator.tables.records('subscribers').map(({ values }) => values)
}

test('adds a new address', async () => {
  expect(await subscribe(client, ' Bob@Example.com ')).toBe('new')
  expect(stored()).toContainEqual({ email: 'bob@example.com', active: true })
})

test('activates a known address', async () => {
  expect(await subscribe(client, 'ada@example.com')).toBe('known')
  expect(stored()).toEqual([{ email: 'ada@example.com', active: true }])
})

test('writes nothing the second time', async () => {
  await subscribe(client, 'bob@example.com')
  emulator.requests.clear()
  expect(await subscribe(client, 'bob@example.com')).toBe('known')
  expect(emulator.requests.counts.actions).not.toHaveProperty('UPDATE')
})

test('adds an address once, although the response is lost', async () => {
  emulator.faults.set([{ kind: 'reset', when: 'after', actions: ['INSERT'], times: 1 }])
  expect(await subscribe(client, 'bob@example.com')).toBe('new')
  expect(stored().filter(({ email }) => email === 'bob@example.com')).toHaveLength(1)
})

test('waits while the gateway limits the rate', async () => {
  emulator.faults.set([{ kind: 'status', status: 429, times: 1 }])
  expect(await subscribe(client, 'bob@example.com')).toBe('new')
})

test('throws while the gateway fails, and stores nothing', async () => {
  emulator.faults.set([{ kind: 'status', status: 503 }])
  await expect(subscribe(client, 'bob@example.com')).rejects.toMatchObject({ code: 'GATEWAY' })
  expect(stored()).toHaveLength(1)
})
