/** Compares a file with a table, publishes a record, and restores a backup of a bot's tables to another bot. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@chatlayer-tables/core'
import { startEmulator } from '@chatlayer-tables/emulator'
import {
  checkCopy,
  compareSides,
  copySettings,
  createBackup,
  JobStore,
  planRestore,
  restoreBackup,
  syncTables,
  verifyBackup,
} from '@chatlayer-tables/transfer'

const folder = await mkdtemp(join(tmpdir(), 'example-compare-'))
process.chdir(folder)
await writeFile('stores.csv', 'code,city\nGNT,Ghent\nANR,Antwerp\n')

const columns = ['code', 'city'].map((name) => ({ name, type: 'text' }))
const records = [
  { code: 'GNT', city: 'Gent' },
  { code: 'BRU', city: 'Brussels' },
]
const emulator = await startEmulator({ tables: [{ name: 'stores', columns, records }] })
const otherEmulator = await startEmulator({ tables: [{ name: 'stores', columns }] })

const client = createClient({
  baseUrl: emulator.url,
  token: emulator.token,
  teamId: emulator.teamId,
  botId: emulator.botId,
})
const other = createClient({
  baseUrl: otherEmulator.url,
  token: otherEmulator.token,
  teamId: otherEmulator.teamId,
  botId: otherEmulator.botId,
})

using comparison = await compareSides({
  a: { kind: 'file', input: { path: 'stores.csv' } },
  b: { kind: 'table', table: client.table('stores') },
  key: ['code'],
})
console.log(comparison.counts)
for (const difference of comparison.differences()) console.log(difference)

const { origin, teamId, botId } = client.connection
const connection = { origin, teamId, botId }
const { inserted, updated } = await syncTables({
  source: { kind: 'table', table: client.table('stores'), connection },
  table: client.table('stores', { version: 'LIVE' }),
  connection,
  store: new JobStore('jobs'),
  settings: copySettings({ key: ['code'], where: { city: 'Brussels' }, delete: false }),
  onPlan: checkCopy,
})
console.log(inserted, updated)
assert.equal(inserted, 1)

const file = 'bot.zip'
await createBackup({ client, file, versions: ['DRAFT', 'LIVE'], createdBy: 'nightly 1' })

const verified = await verifyBackup({ file })
const plan = await planRestore({ client: other, file, verified, choice: { versions: ['DRAFT'] } })
if (verified.problems.length > 0) throw new Error('damaged')
for (const { table, reason, fix } of plan.problems) console.log(table, reason, fix)
const { restored } = await restoreBackup({ client: other, plan, store: new JobStore('jobs') })
for (const { into, comparison } of restored) console.log(into, comparison)

await client.close()
await other.close()
assert.equal(otherEmulator.tables.count('stores'), 2)
await emulator.close()
await otherEmulator.close()
process.chdir(tmpdir())
await rm(folder, { recursive: true })
