/** Every example that help shows is run, as it stands, in a shell. */
import { chmod, copyFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { createClient } from '@chatlayer-tables/core'
import type { Emulator } from '@chatlayer-tables/emulator'
import { openJournal } from '@chatlayer-tables/journal'
import { importFile, JobStore } from '@chatlayer-tables/transfer'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { EXAMPLES } from '../src/examples.ts'
import {
  AIRPORTS_FILE,
  BIN,
  connectionTo,
  type Env,
  makeFolder,
  STATE_FOLDER,
  startAirports,
  startProcess,
} from './cli.ts'

let emulator: Emulator
let env: Env
let folder: string
let remove: () => Promise<void>

beforeAll(async () => {
  ;({ folder, remove } = await makeFolder())
  const clt = join(folder, 'clt')
  await writeFile(clt, `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`)
  await chmod(clt, 0o755)
  await copyFile(AIRPORTS_FILE, join(folder, 'airports.csv'))
  await writeFile(join(folder, 'airports.ndjson'), '{"iata":"AAA"}\n{"iata":"BBB"}\n')
  emulator = await startAirports(true)
  env = { ...connectionTo(emulator), PATH: `${folder}${delimiter}${process.env.PATH}` }
})

let job: string
let changeSet: string

beforeEach(async () => {
  emulator.reset()
  job = await unfinishedJob()
  changeSet = await deletedAirports()
})

/** A change set that can be shown and undone. */
async function deletedAirports(): Promise<string> {
  const { url: baseUrl, token, teamId, botId } = emulator
  await using journal = openJournal({ folder: join(STATE_FOLDER, 'chatlayer-tables', 'journal') })
  const { origin } = new URL(baseUrl)
  const set = journal.changeSet({ tool: 'test', connection: { origin, teamId, botId } })
  await using client = createClient({ baseUrl, token, teamId, botId, onWrite: set })
  await client.table('airports').delete({ state: { in: ['NJ', 'NY'] } })
  return (await set.close())[0]?.id ?? ''
}

/** The only one that can be gone on with. */
async function unfinishedJob(): Promise<string> {
  const store = new JobStore(join(STATE_FOLDER, 'chatlayer-tables', 'jobs'))
  for (const { id } of store.list()) store.remove(id)
  const { url: baseUrl, token, teamId, botId } = emulator
  await using client = createClient({ baseUrl, token, teamId, botId })
  const report = await importFile({
    table: client.table('airports'),
    connection: { origin: client.connection.origin, teamId, botId },
    store,
    input: { path: join(folder, 'airports.csv') },
    settings: { mode: 'insert' },
    stop: AbortSignal.abort(),
  })
  return report.job
}

afterAll(async () => {
  await emulator.close()
  await remove()
})

const examples = Object.values(EXAMPLES)
  .flat()
  .map(({ command }) => command)
  // It runs until Ctrl-C, on a port of its own; its own package tests it.
  .filter((command) => command !== 'clt emulator')

it.each(examples)('%s', { timeout: 60_000 }, async (example) => {
  const id = emulator.tables.records('airports')[0]?.id ?? ''
  const command = example
    .replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/, id)
    .replace('k3f9', job)
    .replace('h7k2', changeSet)
  const { code, stderr } = await startProcess('sh', ['-c', command], env, folder).result
  expect(code, stderr).toBe(0)
})
