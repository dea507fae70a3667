/** Inserts the rows of a file that is read line by line: memory does not grow with the file. */
import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createClient, type Values } from '@chatlayer-tables/core'
import { startEmulator } from '@chatlayer-tables/emulator'

const emulator = await startEmulator({
  tables: [
    {
      name: 'stores',
      columns: [
        { name: 'code', type: 'text' },
        { name: 'city', type: 'text' },
        { name: 'floor_area', type: 'numeric' },
        { name: 'opened', type: 'timestamp' },
        { name: 'staff', type: 'int' },
      ],
    },
  ],
  // About every third insert is carried out without a response.
  faults: [{ kind: 'reset', when: 'after', rate: 0.3, actions: ['INSERT'] }],
})
const client = createClient({
  baseUrl: emulator.url,
  token: emulator.token,
  teamId: emulator.teamId,
  botId: emulator.botId,
})
const stores = client.table('stores')

async function* rowsOf(file: URL): AsyncGenerator<Values> {
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (line !== '') yield JSON.parse(line)
  }
}

const rows = rowsOf(new URL('stores.ndjson', import.meta.url))
const writing = stores.insertMany(rows, { key: 'code' })
for await (const outcome of writing) {
  if (outcome.status === 'ok') continue
  console.log(`row ${outcome.index + 1} ${outcome.status}: ${outcome.error.message}`)
}
const { total, ok, rejected, unknown } = writing.progress
console.log(`${total} rows: ${ok} inserted, ${rejected} rejected, ${unknown} unknown`)

console.log(`${client.stats().sent} requests, including searches after lost responses`)
await client.close()

// One row has a word instead of a number; every other one was inserted exactly once.
assert.deepEqual({ total, ok, rejected, unknown }, { total: 24, ok: 23, rejected: 1, unknown: 0 })
const codes = emulator.tables.records('stores').map(({ values }) => values.code)
assert.equal(codes.length, 23)
assert.equal(new Set(codes).size, 23)
await emulator.close()
