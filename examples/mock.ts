/** Tests without a gateway: single responses by a MockAgent of undici, or a whole gateway by the emulator. */
import assert from 'node:assert/strict'
import { createClient } from '@chatlayer-tables/core'
import { startEmulator } from '@chatlayer-tables/emulator'
import { MockAgent } from 'undici'

/** The code under test gets its client, so that a test can pass another. */
async function countLeads(client: ReturnType<typeof createClient>): Promise<number> {
  return (await client.table('leads').records().toArray()).length
}

// Single responses: each request needs an intercept, and nothing leaves the process.
const agent = new MockAgent()
agent.disableNetConnect()
const mocked = createClient({
  baseUrl: 'https://gateway.test',
  token: 'user:password',
  teamId: 'team',
  botId: 'bot',
  dispatcher: agent,
})
const leads = {
  id: 'table-1',
  botId: 'bot',
  name: 'leads',
  description: '',
  columns: [{ name: 'name', type: 'text' }],
}
const gateway = agent.get('https://gateway.test')
gateway.intercept({ path: '/api/v1/teams/team/bots/bot/tables' }).reply(200, { data: [leads] })
gateway
  .intercept({ path: (path) => path.includes('/tables/table-1/data?') })
  .reply(200, { data: [], meta: { total: 0 } })
const none = await countLeads(mocked)
agent.assertNoPendingInterceptors()
await mocked.close()
await agent.close()

// A whole gateway: it stores records, checks requests, and injects the faults that you set.
await using emulator = await startEmulator({
  tables: [
    { name: 'leads', columns: [{ name: 'name', type: 'text' }], records: [{ name: 'Ann' }] },
  ],
})
await using client = createClient({
  baseUrl: emulator.url,
  token: emulator.token,
  teamId: emulator.teamId,
  botId: emulator.botId,
})
const one = await countLeads(client)
console.log(none, one)

assert.deepEqual([none, one], [0, 1])
