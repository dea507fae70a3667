/** The smallest program: inserts records and reads one. */
import assert from 'node:assert/strict'
import { createClient } from '@chatlayer-tables/core'
import { startEmulator } from '@chatlayer-tables/emulator'

const emulator = await startEmulator({
  tables: [
    {
      name: 'cities',
      columns: [
        { name: 'name', type: 'text' },
        { name: 'people', type: 'int' },
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

const cities = client.table('cities')
await cities.insert({ name: 'Ghent', people: 265_086 })
await cities.insert({ name: 'Bruges', people: 118_656 })

for await (const { values } of cities.records({ where: { people: { gt: 200_000 } } })) {
  console.log(values.name, values.people)
}

assert.equal(emulator.tables.count('cities'), 2)

await client.close()
await emulator.close()
