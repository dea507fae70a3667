/** Imports a spreadsheet into a table, as a job that can be resumed, and exports the table to files. */
import assert from 'node:assert/strict'
import { createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@chatlayer-tables/core'
import { startEmulator } from '@chatlayer-tables/emulator'
import { cellReader, createSink, inferColumns, openSource } from '@chatlayer-tables/files'
import { exportTable, importFile, JobStore, resumeImport } from '@chatlayer-tables/transfer'

const folder = await mkdtemp(join(tmpdir(), 'example-files-'))
process.chdir(folder)
await writeFile(
  'stores.csv',
  'zip;Opened;Price\n00501;31/01/2024;12,50\n09000;01/02/2024;NULL\n10115;somewhen;7\n',
)
const emulator = await startEmulator({
  tables: [
    {
      name: 'stores',
      columns: [
        { name: 'zip', type: 'text' },
        { name: 'opened', type: 'timestamp' },
        { name: 'price', type: 'numeric' },
      ],
    },
  ],
})
const { url: baseUrl, token, teamId, botId } = emulator
const client = createClient({ baseUrl, token, teamId, botId })

// Reads the rows of a file and infers its columns.
const { columns } = await inferColumns(await openSource({ path: 'stores.csv' }))
for (const { name, type, evidence } of columns) console.log(name, type, evidence)

const source = await openSource({ path: 'stores.csv' })
const read = cellReader({ decimal: ',', dateFormat: 'DD/MM/YYYY', nullText: 'NULL' })
for await (const { line, cells } of source.rows) {
  const price = read(cells[2] ?? null, 'numeric', 'values.price')
  console.log(line, price)
}

// Imports the file.
const table = client.table('stores')
const { origin } = client.connection
const store = new JobStore(join(folder, 'jobs'))

const report = await importFile({
  table,
  connection: { origin, teamId, botId },
  store,
  input: { path: 'stores.csv' },
  settings: { mode: 'insert', decimal: ',', dateFormat: 'DD/MM/YYYY', nullText: 'NULL' },
  onProblem: ({ line, column, reason, fix }) => console.log(line, column, reason, fix),
})
console.log(`${report.ok} of ${report.read} rows written, the others in ${report.files.rejected}`)

if (!report.finished) {
  await resumeImport({
    table,
    connection: { origin, teamId, botId },
    job: await store.open(report.job),
  })
}

assert.deepEqual([report.read, report.ok, report.rejected], [3, 2, 1])
assert.equal(await readFile('stores.rejected.csv', 'utf8'), 'zip;Opened;Price\n10115;somewhen;7\n')

// Exports the table.
const exported = await exportTable({
  table,
  to: { path: 'stores.ndjson.gz' },
  where: { opened: { gte: '2024-01-01' } },
  sort: 'zip',
  withMeta: true,
})
console.log(`${exported.records} records: ${exported.columns.join(', ')}`)

await exportTable({
  table,
  to: { stream: process.stdout },
  format: 'csv',
  select: ['zip', 'price'],
})

assert.deepEqual(exported.columns, ['id', 'createdAt', 'updatedAt', 'zip', 'opened', 'price'])

// Writes records from another source.
const out = createWriteStream('zips.xlsx')
const sink = createSink('xlsx', [{ name: 'zip', type: 'text' }], out)
await sink.write([{ zip: '00501' }])
await sink.end()
out.end()

await client.close()
await emulator.close()
process.chdir(tmpdir())
await rm(folder, { recursive: true })
