/** Changes a table to the content of a list: inserts new rows, updates different ones. */
import assert from 'node:assert/strict'
import { createClient } from '@chatlayer-tables/core'
import { startEmulator } from '@chatlayer-tables/emulator'

const emulator = await startEmulator({
  tables: [
    {
      name: 'hours',
      columns: [
        { name: 'store', type: 'text' },
        { name: 'day', type: 'text' },
        { name: 'opens', type: 'text' },
      ],
      records: [
        { store: 'GNT', day: 'mon', opens: '09:00' },
        { store: 'GNT', day: 'tue', opens: '09:00' },
      ],
    },
  ],
})
const client = createClient({
  baseUrl: emulator.url,
  token: emulator.token,
  teamId: emulator.teamId,
  botId: emulator.botId,
})
const hours = client.table('hours')

const list = [
  { store: 'GNT', day: 'mon', opens: '09:00' },
  { store: 'GNT', day: 'tue', opens: '10:00' },
  { store: 'GNT', day: 'wed', opens: '09:30' },
]
const planned = await hours.preview.upsert(list, { key: ['store', 'day'] })
console.log('planned', planned.counts)

const report = await hours.upsert(list, { key: ['store', 'day'] })
console.log('done', report.changes)

const again = await hours.upsert(list, { key: ['store', 'day'] })
console.log('again', again.changes)

await client.close()
await emulator.close()

assert.deepEqual(planned.counts, { inserted: 1, updated: 1, deleted: 0, unchanged: 1 })
assert.deepEqual(report.changes, planned.counts)
assert.equal(again.changes.unchanged, 3)
