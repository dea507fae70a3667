/** Replicas that die, or stand still for so long that another takes over. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Emulator } from '@chatlayer-tables/emulator'
import { type PostgresServer, startPostgres } from '@chatlayer-tables/sources/test-postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startFixture } from './fixture.ts'
import { openImpatient } from './impatient-client.ts'
import { messages } from './leads.ts'
import { startReplicas } from './shared-replicas.ts'

const ROWS = 100

let emulator: Emulator
let postgres: PostgresServer

beforeAll(async () => {
  ;[emulator, postgres] = await Promise.all([startFixture(), startPostgres()])
  emulator.faults.set([{ kind: 'latency', ms: 300, when: 'before', actions: ['INSERT'] }])
})

afterAll(async () => {
  await Promise.all([emulator.close(), postgres.end()])
})

/** A table that no other test writes to, and its column of texts. */
type Place = readonly [table: string, column: string]

const storedIn = ([table, column]: Place, texts: readonly string[]) =>
  emulator.tables
    .records(table)
    .map(({ values }) => String(values[column]))
    .filter((text) => texts.includes(text))
    .sort()

/** Two replicas, of which the first is at work on an insert, and has written some of its rows. */
async function startCall(place: Place) {
  const flags = ['--confirm', 'allow']
  const replicas = await startReplicas(emulator, postgres.url(), { flags, count: 2 })
  const open = (at: number) => openImpatient('v1', replicas.servers[at]!.url)
  const [first, second] = [await open(0), await open(1)]
  const { child } = replicas.servers[0]!
  const texts = messages(ROWS)
  const [table, column] = place
  const args = { table, records: texts.map((text) => ({ [column]: text })) }
  const stored = () => storedIn(place, texts)
  const call = first.call('insert_records', args).catch(() => undefined)
  while (stored().length === 0) await sleep(5)
  return {
    ...{ first, second, texts, args, call, child, stored },
    async [Symbol.asyncDispose]() {
      // One that stands still would not end.
      child.kill('SIGCONT')
      await Promise.all([first.close(), second.close()])
      await replicas.close()
    },
  }
}

// Both wait for most of their time, until a lease has run out.
describe.concurrent('a call whose replica', () => {
  it('was killed is continued by another one', async () => {
    await using at = await startCall(['leads', 'message'])
    const { second, texts, args, call, child, stored } = at
    child.kill('SIGKILL')
    const { data, text } = await second.call('insert_records', args)
    expect(data, text).toMatchObject({ inserted: ROWS, unknown: 0 })
    expect(new Set(data.ids as string[]).size).toBe(ROWS)
    expect(stored()).toEqual(texts.toSorted())
    expect(await call).toBeUndefined()
  })

  it('stood still is continued too, and that one writes nothing more', async () => {
    await using at = await startCall(['stores', 'name'])
    const { first, second, texts, args, call, child, stored } = at
    child.kill('SIGSTOP')
    const { data, text } = await second.call('insert_records', args)
    expect(data, text).toMatchObject({ inserted: ROWS, unknown: 0 })
    child.kill('SIGCONT')
    const late = await call
    await sleep(1_000)
    expect(stored()).toEqual(texts.toSorted())
    // It knows of no row that it has not written.
    expect(Number(late?.data.inserted ?? 0)).toBeLessThan(ROWS)
    // It begins again as any replica.
    const [more] = messages(1)
    const again = await first.call('insert_records', { table: 'stores', records: [{ name: more }] })
    expect(again.data, again.text).toMatchObject({ inserted: 1 })
  })
})
