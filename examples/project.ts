/** Plans and applies the syncs of a `chatlayer.yaml`, as `clt plan` and `clt apply` do. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@chatlayer-tables/core'
import { startEmulator } from '@chatlayer-tables/emulator'
import { JobStore } from '@chatlayer-tables/transfer'
import {
  applyProject,
  type ProjectHost,
  parseProject,
  planFileOf,
  planProject,
} from '@chatlayer-tables/transfer/project'

const folder = await mkdtemp(join(tmpdir(), 'example-project-'))
await writeFile(join(folder, 'stores.csv'), 'code,city\nGNT,Ghent\nANR,Antwerp\n')
const text = 'syncs: { stores: { from: stores.csv, to: stores@draft, key: code } }'

const columns = ['code', 'city'].map((name) => ({ name, type: 'text' }))
const emulator = await startEmulator({
  tables: [{ name: 'stores', columns, records: [{ code: 'GNT', city: 'Gent' }] }],
})
const { url: baseUrl, token, teamId, botId } = emulator
const client = createClient({ baseUrl, token, teamId, botId })
const { origin } = client.connection
const store = new JobStore(join(folder, 'jobs'))

/** Every source is a file, and every table is in DRAFT of one bot. */
const host: ProjectHost = {
  openTable: async (reference) => ({
    handle: client.table(reference.replace('@draft', '')),
    connection: { origin, teamId, botId },
  }),
  openSource: async ({ text: path, reading }) => ({
    source: { kind: 'file', input: { path: join(folder, path) }, reading },
  }),
}

const project = parseProject(text, { file: 'chatlayer.yaml', env: process.env })
const plan = await planProject({ project, host })
for (const { name, counts } of plan.syncs) console.log(plan.status, name, counts)

const report = await applyProject({ project, host, store, plan: planFileOf(plan) })
for (const { to, report: synced } of report.syncs) console.log(to, synced.inserted, synced.updated)

assert.equal(report.ok, true)
assert.equal((await planProject({ project, host })).status, 'same')

await client.close()
await emulator.close()
await rm(folder, { recursive: true })
