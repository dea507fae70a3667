/** After an insert without a response, the client searches for the record. If that fails too, the row is `unknown`. */
import assert from 'node:assert/strict'
import { createClient, UnknownOutcomeError } from '@chatlayer-tables/core'
import { startEmulator } from '@chatlayer-tables/emulator'

const emulator = await startEmulator({
  tables: [{ name: 'orders', columns: [{ name: 'number', type: 'text' }] }],
})
const client = createClient({
  baseUrl: emulator.url,
  token: emulator.token,
  teamId: emulator.teamId,
  botId: emulator.botId,
  maxAttempts: 2,
  timeoutMs: 5_000,
})
const orders = client.table('orders')

// The connection fails after the record was created: a search finds it, nothing is sent twice.
emulator.faults.set([{ kind: 'reset', when: 'after', actions: ['INSERT'] }])
const { id } = await orders.insert({ number: 'A-1' }, { key: 'number' })
console.log('A-1 was found as', id)

// Now the search fails as well: the outcome is unknown, and reported as unknown.
emulator.faults.add({ kind: 'status', status: 503, operations: ['getTableData'] })
emulator.faults.add({ kind: 'status', status: 503, actions: ['SELECT'] })
try {
  await orders.insert({ number: 'A-2' }, { key: 'number' })
} catch (error) {
  if (!(error instanceof UnknownOutcomeError)) throw error
  console.log(error.message)
  for (const step of error.tried) console.log(`- ${step}`)
}

// Later: search for the record before the row is sent again.
emulator.faults.clear()
const missing = (await orders.count({ number: 'A-2' })) === 0
if (missing) await orders.insert({ number: 'A-2' }, { key: 'number' })

// For many rows, each row has its own outcome.
emulator.faults.set([
  { kind: 'reset', when: 'after', actions: ['INSERT'], times: 1 },
  { kind: 'status', status: 503, actions: ['SELECT'] },
  { kind: 'status', status: 503, operations: ['getTableData'] },
])
const report = await orders.insertMany([{ number: 'A-3' }, { number: 'A-4' }], { key: 'number' })
for (const outcome of report.problems) {
  if (outcome.status === 'unknown') console.log(outcome.row, outcome.tried)
}

await client.close()
const numbers = emulator.tables.records('orders').map(({ values }) => values.number)
await emulator.close()

assert.ok(id !== undefined)
assert.equal(missing, false)
assert.deepEqual([report.ok, report.rejected, report.unknown], [1, 0, 1])
assert.deepEqual(numbers.toSorted(), ['A-1', 'A-2', 'A-3', 'A-4'])
