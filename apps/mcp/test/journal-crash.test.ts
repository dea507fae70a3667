import { setTimeout as sleep } from 'node:timers/promises'
import type { Emulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openHttp } from './clients.ts'
import { environmentOf, makeFolder, STORE_COUNT, startFixture } from './fixture.ts'
import { startHttpServer } from './http-server.ts'

let emulator: Emulator

beforeAll(async () => {
  emulator = await startFixture()
})

afterAll(() => emulator.close())

it('all writes of a killed server can be undone', async () => {
  const env = { ...environmentOf(emulator), XDG_STATE_HOME: makeFolder() }
  const flags = ['--confirm', 'allow']
  const first = await startHttpServer(env, flags)
  const client = await openHttp('v2', first.url)
  // Responses are slow, so that writes are in flight when the process ends.
  emulator.faults.set([{ kind: 'latency', ms: { min: 20, max: 60 }, actions: ['INSERT'] }])
  const records = Array.from({ length: 100 }, (_, n) => ({ name: `New ${n}`, rank: n + 1_000 }))
  const write = client.call('insert_records', { table: 'stores', records, note: 'cut off' })
  write.catch(() => undefined)
  while (emulator.tables.count('stores') < STORE_COUNT + 10) await sleep(5)
  await first.stop('SIGKILL')
  await expect(write).rejects.toThrow()
  emulator.faults.set([])

  const second = await startHttpServer(env, flags)
  const next = await openHttp('v2', second.url)
  const { data } = await next.call('list_changes', { table: 'stores' })
  const written = emulator.tables.count('stores') - STORE_COUNT
  expect(written).toBeGreaterThanOrEqual(10)
  expect(data).toMatchObject({ total: 1, change_sets: [{ inserted: written, note: 'cut off' }] })
  const [set] = data.change_sets as { change_set: string; status?: string }[]
  expect(set).not.toHaveProperty('status')
  expect(second.stderr()).toContain('was interrupted')

  const undo = await next.call('undo_changes', { change_set: set?.change_set })
  expect(undo.data).toMatchObject({ undone: written, conflicts: 0, gone: 0 })
  expect(emulator.tables.count('stores')).toBe(STORE_COUNT)
  await next.close()
  await second.stop()
})
