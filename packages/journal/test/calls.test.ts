/** Repeated calls: what another one of the same digest did, and when it no longer counts. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type HeldCall, type Journal, openJournal } from '../src/index.ts'
import { rows, Setup } from './support.ts'

const DIGEST = 'a1b2c3'
const WINDOW_MS = 60_000
let setup: Setup

beforeEach(async () => {
  setup = await Setup.start()
})

afterEach(() => setup[Symbol.asyncDispose]())

const earlier = (call: HeldCall) => call.earlier(Date.now() - WINDOW_MS)

/** Inserts rows as a call, which it ends with this result. */
async function insert(from: number, to: number, result?: string, journal = setup.journal) {
  await using call = await journal.calls.take(DIGEST)
  const found = await earlier(call)
  const number = await call.begin('token', found)
  const set = journal.changeSet({ tool: 'test', connection: setup.connection, call: number })
  set.rows = Array.from({ length: to - from }, (_, index) => from + index)
  await setup
    .client(set)
    .table('stores')
    .insertMany(rows(from, to - from))
  await set.close()
  await call.end(number, result)
}

it('a call knows what an equal one wrote, by row', async () => {
  await insert(0, 3)
  await insert(3, 5, 'all five')
  await using call = await setup.journal.calls.take(DIGEST)
  const found = await earlier(call)
  expect(found).toMatchObject({ token: 'token', result: 'all five' })
  expect(found?.changeSets).toHaveLength(2)
  expect(found?.writes.map(({ row }) => row)).toEqual([0, 1, 2, 3, 4])
  expect(new Set(found?.writes.map(({ id }) => id))).toEqual(new Set(setup.ids()))
  expect(await call.earlier(Date.now() + 1)).toBeUndefined()
  await using other = await setup.journal.calls.take('ffff')
  expect(await earlier(other)).toBeUndefined()
})

it('another write to the table after it makes it no longer the same', async () => {
  await insert(0, 2, 'done')
  await new Promise((resolve) => setTimeout(resolve, 5))
  await setup.write((table) => table.update({ size: { gte: 0 } }, { city: 'Ostend' }))
  await using call = await setup.journal.calls.take(DIGEST)
  expect(await earlier(call)).toBeUndefined()
})

it('one that was interrupted is still found then, until it is undone', async () => {
  await insert(0, 2, undefined)
  await new Promise((resolve) => setTimeout(resolve, 5))
  await setup.write((table) => table.insert(rows(9, 1)[0] ?? {}))
  await using call = await setup.journal.calls.take(DIGEST)
  const found = await earlier(call)
  expect(found).toMatchObject({ isFollowed: true, result: undefined })
  expect(found?.writes).toHaveLength(2)
  await setup.undo(found?.changeSets[0] ?? '')
  expect(await earlier(call)).toBeUndefined()
})

it('one call at a time, also of another journal of the same folder', async () => {
  await using other = await openJournal({ folder: join(setup.folder, 'journal') })
  const first = await setup.journal.calls.take(DIGEST)
  const order: string[] = []
  const take = async (journal: Journal, name: string): Promise<void> => {
    await using call = await journal.calls.take(DIGEST, {
      onWait: () => order.push(`${name} waits`),
    })
    order.push(`${name} has it`)
    expect(call.hadToWait).toBe(true)
  }
  const waiting = take(other, 'other')
  await expect(
    setup.journal.calls.take(DIGEST, { signal: AbortSignal.timeout(20) }),
  ).rejects.toThrow('timeout')
  order.push('first ends')
  await first[Symbol.asyncDispose]()
  await waiting
  expect(order).toEqual(['other waits', 'first ends', 'other has it'])
})

it('a killed process holds no call', async () => {
  const program = `
    const { openJournal } = await import(${JSON.stringify(import.meta.resolve('../dist/index.js'))})
    const journal = await openJournal({ folder: process.argv[1] })
    await journal.calls.take(${JSON.stringify(DIGEST)})
    process.stdout.write('taken')
    setInterval(() => {}, 1000)`
  const folder = join(setup.folder, 'journal')
  const args = ['--input-type=module', '-e', program, folder]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  const taking = setup.journal.calls.take(DIGEST)
  child.kill('SIGKILL')
  await using call = await taking
  expect(call.hadToWait).toBe(true)
})
