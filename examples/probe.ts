/** Learns undocumented facts of a gateway by reads alone, and shows what that saves. */
import assert from 'node:assert/strict'
import { createClient } from '@chatlayer-tables/core'
import { startEmulator } from '@chatlayer-tables/emulator'

const emulator = await startEmulator({
  tables: [
    {
      name: 'products',
      columns: [
        { name: 'sku', type: 'text' },
        { name: 'price', type: 'numeric' },
      ],
      records: Array.from({ length: 300 }, (_, n) => ({ sku: `P${n}`, price: `${n}.99` })),
    },
    { name: 'scratch', columns: [{ name: 'note', type: 'text' }] },
  ],
  dialect: { listEncoding: 'json', pageOrder: 'stable', maxSelectLimit: 1_000 },
})
const client = createClient({
  baseUrl: emulator.url,
  token: emulator.token,
  teamId: emulator.teamId,
  botId: emulator.botId,
})
const query = client.table('products').records({ where: { sku: { in: ['P1', 'P2', 'P3'] } } })
const before = await query.explain()

const report = await client.probe({ scratchTable: 'scratch' })
for (const { setting, learned, evidence } of report.findings) {
  console.log(`${setting}: ${learned ?? 'not learned'} (${evidence})`)
}

const after = await query.explain()
console.log(`${before.requests.expected} requests before, ${after.requests.expected} after`)

// The result is a plain object: keep it, and pass it to the next client.
const kept = JSON.stringify(report.dialect)
const next = createClient({
  baseUrl: emulator.url,
  token: emulator.token,
  teamId: emulator.teamId,
  botId: emulator.botId,
  dialect: JSON.parse(kept),
})

await next.close()
await client.close()
assert.equal(next.dialect.listEncoding, 'json')
// A probe reads small pages, and at most 200 records.
assert.equal(next.dialect.maxSelectLimit, 200)
assert.ok(after.requests.expected < before.requests.expected)
assert.equal(emulator.tables.count('scratch'), 0)
await emulator.close()
