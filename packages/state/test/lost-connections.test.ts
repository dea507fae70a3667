/**
 * Machines that take a lock in turn and commit under it, while connections are ended at random, the server
 * restarts, and machines stall or are forgotten. The database is asked in the end what it has seen.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type HeldLock, StorageError } from '@chatlayer-tables/local'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Sessions } from '../src/sessions.ts'
import { SHORT_TIMES, TestServer } from './support.ts'

const tests = new TestServer()

interface Step {
  readonly afterMs: number
  readonly what: 'end connections' | 'end one connection' | 'stall' | 'forget'
}

const steps = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 5, max: 60 }),
    what: fc.constantFrom<Step['what'][]>(
      'end connections',
      'end one connection',
      'stall',
      'forget',
      'forget',
    ),
  }),
  { minLength: 10, maxLength: 20 },
)

/** One of the machines was not heard of for so long that the others end its session. */
const FORGET = `update chatlayer_tables.sessions set expires = clock_timestamp() - interval '1 hour'
  where id = (select id from chatlayer_tables.sessions where not dead order by random() limit 1)`

/** A commit that succeeded, as the machine knows it. */
interface Acknowledged {
  readonly taking: string
  readonly place: number
}

/** Takes the lock again and again, and commits numbered rows under it, until it is told to end. */
async function work(
  machine: string,
  sessions: Sessions,
  isOver: () => boolean,
  acknowledged: Acknowledged[],
): Promise<void> {
  const locks = sessions.locks('writers')
  for (let takings = 0; !isOver(); ) {
    const lock = await locks.tryTake('shared')
    if (lock === undefined) {
      await sleep(5)
      continue
    }
    takings += 1
    await writeUnder(lock, `${machine}.${takings}`, sessions, acknowledged)
    await lock.release()
    await sleep(2)
  }
}

async function writeUnder(
  lock: HeldLock,
  taking: string,
  sessions: Sessions,
  acknowledged: Acknowledged[],
): Promise<void> {
  try {
    for (let place = 0; place < 4; place += 1) {
      await sessions.commitOnce(lock, async (run) => {
        await run('insert into log (taking, place) values ($1, $2)', [taking, place])
      })
      acknowledged.push({ taking, place })
      await sleep(3)
    }
  } catch (error) {
    if (!(error instanceof StorageError) || error.kind !== 'lost') throw error
    expect(lock.lost.aborted).toBe(true)
  }
}

async function newLog(): Promise<string> {
  const name = await tests.newState()
  await tests.run('create table chatlayer_tables.log (n bigserial, taking text, place int)', name)
  return name
}

/** Blocks this process, and with it all machines of the test. */
function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

async function checkLog(name: string, acknowledged: readonly Acknowledged[]): Promise<void> {
  const rows = await tests.run('select taking, place from chatlayer_tables.log order by n', name)
  const log = rows.map(({ taking, place }) => `${taking}:${place}`)
  // Each commit was done once, and none that succeeded is missing.
  expect(new Set(log).size).toBe(log.length)
  const stored = new Set(log)
  const missing = acknowledged.filter(({ taking, place }) => !stored.has(`${taking}:${place}`))
  expect(missing).toEqual([])
  // One holder after the other: once another has written, the one before writes nothing more.
  const holders = rows
    .map(({ taking }) => taking)
    .filter((taking, at, all) => taking !== all[at - 1])
  expect(new Set(holders).size).toBe(holders.length)
}

it('never have two holders of a lock, and do each commit once', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (chaos) => {
      const name = await newLog()
      const acknowledged: Acknowledged[] = []
      let isOver = false
      const machines = await Promise.all([1, 2, 3].map(() => tests.machine(name)))
      const working = machines.map(({ sessions }, at) =>
        work(`m${at}`, sessions, () => isOver, acknowledged),
      )
      for (const { afterMs, what } of chaos) {
        await sleep(afterMs)
        if (what === 'stall') stall(SHORT_TIMES.lease + 200)
        else if (what === 'forget') await tests.run(FORGET, name)
        else await tests.terminate(name, what === 'end connections' ? undefined : 1)
      }
      // What went wrong leaves no lock behind.
      const before = acknowledged.length
      await expect.poll(() => acknowledged.length).toBeGreaterThan(before + 20)
      isOver = true
      await Promise.all(working)
      await checkLog(name, acknowledged)
      await Promise.all(machines.map((machine) => machine.close()))
    }),
    { numRuns: 4 },
  )
})

it('lose no lock when the server is away for longer than their leases', async () => {
  const name = await newLog()
  const times = { ...SHORT_TIMES, grace: 5_000, patience: 30_000 }
  const machines = await Promise.all([1, 2, 3].map(() => tests.machine(name, { times })))
  const locks = await Promise.all(
    machines.map(({ sessions }, at) => sessions.locks('writers').tryTake(`own ${at}`)),
  )
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    await tests.server.stop(signal)
    await sleep(3 * times.lease)
    await tests.server.start()
    // Each wants the locks of the others at once.
    const tries = machines.flatMap(({ sessions }) =>
      [0, 1, 2].map((at) => sessions.locks('writers').tryTake(`own ${at}`)),
    )
    expect(await Promise.all(tries)).toEqual(Array.from({ length: 9 }, () => undefined))
    for (const [at, { sessions }] of machines.entries()) {
      await sessions.commitOnce(locks[at]!, async (run) => {
        await run('insert into log (taking, place) values ($1, 0)', [signal + at])
      })
    }
  }
  expect(locks.map((lock) => lock?.lost.aborted)).toEqual([false, false, false])
  const [row] = await tests.run('select count(*)::int as n from chatlayer_tables.log', name)
  expect(row).toEqual({ n: 6 })
})

it('give up their locks when the database stays away for longer than they wait', async () => {
  const name = await newLog()
  const { sessions } = await tests.machine(name, { waitMs: 200 })
  const lock = await sessions.locks('writers').tryTake('own')
  await tests.server.stop()
  try {
    await expect.poll(() => lock?.lost.aborted).toBe(true)
  } finally {
    await tests.server.start()
  }
  // The process may take it again, once its lease has run out for the others too.
  await expect.poll(() => sessions.locks('writers').tryTake('own')).toBeDefined()
})
