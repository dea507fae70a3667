/** A write by key while another process of this machine writes. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Emulator } from '@chatlayer-tables/emulator'
import { LockFolder, stateFolder, takeTableLock } from '@chatlayer-tables/local'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type McpClient, openClient } from './clients.ts'
import { environmentOf, makeFolder, STORE_COUNT, startFixture } from './fixture.ts'

let emulator: Emulator
let client: McpClient
const state = makeFolder()

beforeAll(async () => {
  emulator = await startFixture()
  const env = { ...environmentOf(emulator), XDG_STATE_HOME: state }
  client = await openClient('v2', env, [], { wire: 'stdio' })
})

afterAll(async () => {
  await client.close()
  await emulator.close()
})

/** The lock as `clt import --mode upsert` takes it. */
function lockStores() {
  const env = { XDG_STATE_HOME: state }
  const folder = stateFolder({ platform: process.platform, env, home: homedir() })
  const [table] = emulator.tables.list().filter(({ name }) => name === 'stores')
  const { url, teamId, botId } = emulator
  const target = { origin: new URL(url).origin, teamId, botId, version: 'DRAFT' }
  const locks = new LockFolder(join(folder, 'locks'))
  return takeTableLock(locks, { ...target, tableId: table?.id ?? '' }, { wait: false })
}

const CALL = { table: 'stores', key: 'name', records: [{ name: 'New', rank: 1 }] }

it('waits until the timeout, then writes nothing and reports it', { timeout: 60_000 }, async () => {
  const lock = await lockStores()
  const refused = await client.call('upsert_records', CALL)
  expect(refused).toMatchObject({ isError: true, data: { error: { code: 'TABLE_LOCKED' } } })
  expect(emulator.tables.count('stores')).toBe(STORE_COUNT)
  const insert = await client.call('insert_records', { table: 'stores', records: [{ rank: 2 }] })
  expect(insert.data).toMatchObject({ inserted: 1 })
  await lock.release()
})

it('writes after the other process has finished', { timeout: 60_000 }, async () => {
  const lock = await lockStores()
  setTimeout(() => void lock.release(), 500)
  const written = await client.call('upsert_records', CALL)
  expect(written.data).toMatchObject({ inserted: 1 })
})
