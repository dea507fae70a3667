/** Export, import what was exported, export again: the same bytes, in every format. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@chatlayer-tables/core'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { FORMAT_NAMES } from '@chatlayer-tables/files'
import { type SampleTable, sampleTable } from '@chatlayer-tables/files/sample-tables'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exportTable, importFile, JobStore } from '../src/index.ts'

/** Identified by the number of each record, since an import writes many at a time. */
const ORDER = 'n-th record'

const RUNS = 25

let folder: string
let emulator: Emulator

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'export-round-trip-'))
  emulator = await startEmulator()
})

afterAll(async () => {
  await emulator.close()
  await rm(folder, { recursive: true })
})

/** Tables as PostgreSQL holds them: its text has no NUL, its columns no values of other types. */
const storable = sampleTable.filter(
  ({ columns, records }) =>
    columns.every(({ name }) => !name.includes('\0') && name !== ORDER) &&
    records.every((values) => !JSON.stringify(Object.values(values), plain).includes('\\u0000')),
)

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

function numbered({ columns, records }: SampleTable) {
  return {
    columns: [...columns, { name: ORDER, type: 'int' }].map(({ name, type }) => ({
      name,
      type: type ?? 'text',
    })),
    records: records.map((values, index) => ({ ...values, [ORDER]: index })),
  }
}

describe.each([...FORMAT_NAMES])('as %s', (format) => {
  it('a table comes back to the byte', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(storable, async (sample) => {
        for (const { name } of emulator.tables.list()) emulator.tables.drop(name)
        const { columns, records } = numbered(sample)
        emulator.tables.create({ name: 'first', columns })
        emulator.tables.create({ name: 'second', columns })
        const { url: baseUrl, token, teamId, botId } = emulator
        await using client = createClient({ baseUrl, token, teamId, botId })
        const filled = await client.table('first').insertMany(records)
        expect(filled).toMatchObject({ ok: records.length, problems: [] })
        const paths = ['first', 'second'].map((name) => join(folder, `${name}.${format}`))
        const [first = '', second = ''] = paths
        await exportTable({ table: client.table('first'), to: { path: first }, sort: ORDER })
        const report = await importFile({
          table: client.table('second'),
          connection: { origin: client.connection.origin, teamId, botId },
          store: new JobStore(join(folder, 'jobs')),
          input: { path: first },
          settings: { mode: 'insert' },
        })
        expect(report).toMatchObject({ finished: true, ok: records.length })
        await exportTable({ table: client.table('second'), to: { path: second }, sort: ORDER })
        expect(await readFile(second)).toEqual(await readFile(first))
      }),
      { numRuns: RUNS },
    )
  })

  it('records of nulls alone come back', async () => {
    for (const { name } of emulator.tables.list()) emulator.tables.drop(name)
    const columns = [
      { name: 'a', type: 'text' },
      { name: 'b', type: 'int' },
    ]
    for (const name of ['first', 'second']) emulator.tables.create({ name, columns })
    const { url: baseUrl, token, teamId, botId } = emulator
    await using client = createClient({ baseUrl, token, teamId, botId })
    const records = [{ a: null }, { a: 'x', b: 1 }, { b: null }, { a: '' }, { a: null }]
    await client.table('first').insertMany(records)
    const path = join(folder, `nulls.${format}`)
    await exportTable({ table: client.table('first'), to: { path } })
    const report = await importFile({
      table: client.table('second'),
      connection: { origin: client.connection.origin, teamId, botId },
      store: new JobStore(join(folder, 'jobs')),
      input: { path },
      settings: { mode: 'insert' },
    })
    expect(report).toMatchObject({ finished: true, ok: records.length })
  })
})
