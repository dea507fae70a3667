import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type HeldLock, takeWhenFree } from '@chatlayer-tables/local'
import { startProxy } from '@chatlayer-tables/sources/test-tcp-proxy'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { LEASE_TIMES } from '../src/sessions/lease-times.ts'
import { failureOf, LONG_TIMES, TestServer } from './support.ts'

const tests = new TestServer()

afterEach(() => {
  vi.useRealTimers()
})

function taken(lock: HeldLock | undefined): HeldLock {
  if (lock === undefined) throw new Error('the lock is held')
  return lock
}

/** Moves the lease of all sessions as if they had not been heard of for some time. */
async function age(name: string, ms: number): Promise<void> {
  await tests.run(
    `update chatlayer_tables.sessions set expires = expires - interval '${ms} milliseconds'`,
    name,
  )
}

describe('a lock', () => {
  it('has one holder, on all machines and within one', async () => {
    const name = await tests.newState()
    const [a, b] = [await tests.machine(name), await tests.machine(name)]
    const [one, two] = [a.sessions.locks('tables'), b.sessions.locks('tables')]
    expect(await two.names()).toEqual([])
    expect(await two.isHeld('x')).toBe(false)
    const lock = taken(await one.tryTake('x'))
    expect(lock.name).toBe('x')
    expect(await one.tryTake('x')).toBeUndefined()
    expect(await two.tryTake('x')).toBeUndefined()
    expect(await two.isHeld('x')).toBe(true)
    // Names of another kind do not meet.
    taken(await b.sessions.locks('jobs').tryTake('x'))
    await lock.release()
    await lock.release()
    expect(await two.isHeld('x')).toBe(false)
    expect(await two.names()).toEqual(['x'])
    const again = taken(await two.tryTake('x'))
    // What was released is not released again for its new holder.
    await lock.remove()
    expect(await one.tryTake('x')).toBeUndefined()
    await again.remove()
    expect(await one.names()).toEqual([])
    expect(lock.lost.aborted).toBe(false)
  })

  it('goes to one of many that want it at once', async () => {
    const name = await tests.newState()
    const machines = await Promise.all(Array.from({ length: 6 }, () => tests.machine(name)))
    for (let round = 0; round < 10; round += 1) {
      const tries = machines.flatMap(({ sessions }) =>
        [1, 2].map(() => sessions.locks('undos').tryTake('same')),
      )
      const locks = (await Promise.all(tries)).filter((lock) => lock !== undefined)
      expect(locks).toHaveLength(1)
      await locks[0]?.release()
    }
  })

  it('is free at once when its process ends in order', async () => {
    const name = await tests.newState()
    const [a, b] = [await tests.machine(name), await tests.machine(name)]
    taken(await a.sessions.locks('writers').tryTake('x'))
    await a.close()
    expect(await b.sessions.locks('writers').names()).toEqual(['x'])
    expect(await b.sessions.hasFree('writers')).toBe(true)
    taken(await b.sessions.locks('writers').tryTake('x'))
    expect(await b.sessions.hasFree('writers')).toBe(false)
  })

  it('is released later when the database is away', async () => {
    const name = await tests.newState()
    const a = await tests.machine(name, { waitMs: 0 })
    const b = await tests.machine(name)
    const lock = taken(await a.sessions.locks('writers').tryTake('x'))
    await tests.server.stop()
    await lock.release()
    await tests.server.start()
    await takeWhenFree(b.sessions.locks('writers'), 'x')
    expect(lock.lost.aborted).toBe(false)
  })
})

describe('a session', () => {
  it('is kept by renewals, and shown to others', async () => {
    const name = await tests.newState()
    const [a, b] = [await tests.machine(name), await tests.machine(name)]
    const lock = taken(await a.sessions.locks('writers').tryTake('x'))
    await sleep(1_500)
    expect(await b.sessions.locks('writers').tryTake('x')).toBeUndefined()
    expect(lock.lost.aborted).toBe(false)
    const [first, second] = await b.sessions.list()
    expect(first).toMatchObject({
      ...{ host: hostname(), program: 'test', principal: undefined, pid: process.pid },
      ...{ isLive: true, locks: 1 },
    })
    expect(first!.renewed).toBeGreaterThan(first!.begun)
    expect(second).toMatchObject({ isLive: true, locks: 0 })
  })

  it('that was not heard of lives on, as long as no other needs its locks', async () => {
    const name = await tests.newState()
    const a = await tests.machine(name, { times: LONG_TIMES })
    const lock = taken(await a.sessions.locks('writers').tryTake('x'))
    await age(name, 30_000)
    const b = await tests.machine(name, { times: LONG_TIMES })
    expect(await b.sessions.list()).toMatchObject([{ isLive: false, locks: 1 }])
    expect(await b.sessions.locks('writers').isHeld('x')).toBe(false)
    expect(await a.sessions.commitOnce(lock, async () => 'done')).toBe('done')
    // The one that needs it waits for a renewal first.
    expect(await b.sessions.locks('writers').tryTake('x')).toBeUndefined()
    expect(await a.sessions.commitOnce(lock, async () => 'done')).toBe('done')
    expect(lock.lost.aborted).toBe(false)
  })

  it('that was ended commits nothing more, and the process takes locks by a new one', async () => {
    const name = await tests.newState()
    await tests.run('create table log (n int)', name)
    const [a, b] = [await tests.machine(name), await tests.machine(name)]
    const locks = a.sessions.locks('writers')
    const [lock, other] = [taken(await locks.tryTake('x')), taken(await locks.tryTake('y'))]
    await tests.run('update chatlayer_tables.sessions set dead = true where id = 1', name)
    const insert = (held: HeldLock) =>
      a.sessions.commitOnce(held, async (run) => {
        await run('insert into public.log values (1)')
      })
    expect(await failureOf(insert(lock))).toMatchObject({ name: 'StorageError', kind: 'lost' })
    expect(lock.lost.reason).toMatchObject({ kind: 'lost' })
    expect(other.lost.aborted).toBe(true)
    const checked = a.database.transaction(async (run) => {
      await run('insert into public.log values (2)')
      await a.sessions.check(other, run)
    })
    expect(await failureOf(checked)).toMatchObject({ kind: 'lost' })
    expect(await tests.run('select * from log', name)).toEqual([])
    // Both are free for others, and for the process itself.
    const again = taken(await locks.tryTake('x'))
    taken(await b.sessions.locks('writers').tryTake('y'))
    // The old holder does not release the new one.
    await lock.remove()
    await insert(again)
    expect(await tests.run('select * from log', name)).toEqual([{ n: 1 }])
    expect(again.lost.aborted).toBe(false)
  })

  it('is not ended while a commit under it is being made', async () => {
    const name = await tests.newState()
    const [a, b] = [await tests.machine(name), await tests.machine(name)]
    await tests.run('create table log (n serial, holder text)', name)
    const lock = taken(await a.sessions.locks('writers').tryTake('x'))
    const isCommitting = Promise.withResolvers<void>()
    const committed = a.sessions.commitOnce(lock, async (run) => {
      await run(`insert into public.log (holder) values ('a')`)
      isCommitting.resolve()
      await sleep(700)
    })
    await isCommitting.promise
    // From now on its renewals find nothing, as those of a machine without network.
    const taking = (async () => {
      for (;;) {
        await tests.run(
          `update chatlayer_tables.sessions set expires = clock_timestamp() - interval '1 hour'
            where id = 1`,
          name,
        )
        const found = await b.sessions.locks('writers').tryTake('x')
        if (found !== undefined) return found
      }
    })()
    const next = await taking
    await b.sessions.commitOnce(next, async (run) => {
      await run(`insert into public.log (holder) values ('b')`)
    })
    await committed
    expect(await tests.run('select holder from log order by n', name)).toEqual([
      { holder: 'a' },
      { holder: 'b' },
    ])
    expect(await failureOf(a.sessions.commitOnce(lock, async () => 0))).toMatchObject({
      kind: 'lost',
    })
  })

  it('of a process that vanished is forgotten after a day', async () => {
    const name = await tests.newState()
    const a = await tests.machine(name)
    taken(await a.sessions.locks('writers').tryTake('x'))
    await tests.run(
      `insert into chatlayer_tables.sessions (host, program, pid, expires, patience)
        values ('gone', 'test', 1, clock_timestamp() - interval '2 days', '1 minute');
      insert into chatlayer_tables.locks (kind, name, session, token, taken)
        select kind, 'left', 2, gen_random_uuid(), clock_timestamp() - interval '2 days'
        from unnest(array['writers', 'tables']) kind`,
      name,
    )
    const b = await tests.machine(name)
    taken(await b.sessions.locks('writers').tryTake('y'))
    expect(await b.sessions.list()).toMatchObject([{ locks: 1 }, { locks: 1 }])
    // What a writer may have left open is still to be resolved.
    expect((await b.sessions.locks('writers').names()).toSorted()).toEqual(['left', 'x', 'y'])
    taken(await b.sessions.locks('writers').tryTake('left'))
  })
})

describe('commits with a number', () => {
  it('are done once each, in their order, though their connections end', async () => {
    const name = await tests.newState()
    await tests.run('create table log (n serial, round int)', name)
    const a = await tests.machine(name, { times: LONG_TIMES })
    const lock = taken(await a.sessions.locks('writers').tryTake('x'))
    let isDone = false
    const breaking = (async () => {
      while (!isDone) {
        await sleep(20 + Math.random() * 100)
        await tests.terminate(name)
      }
    })()
    const commits = Array.from({ length: 150 }, async (_, round) => {
      return a.sessions.commitOnce(lock, async (run) => {
        await run('insert into public.log (round) values ($1)', [round])
        return round
      })
    })
    const results = await Promise.all(commits)
    isDone = true
    await breaking
    expect(results).toEqual(Array.from({ length: 150 }, (_, round) => round))
    const rows = await tests.run('select round from log order by n', name)
    expect(rows).toEqual(results.map((round) => ({ round })))
    expect(lock.lost.aborted).toBe(false)
  })

  it('are done once, though the first is still being committed when it is tried again', async () => {
    const name = await tests.newState()
    await tests.run('create table log (n serial)', name)
    const proxy = await startProxy(tests.server.port)
    const address = `postgres://postgres@127.0.0.1:${proxy.port}/${name}`
    const a = await tests.machine(name, { address, times: LONG_TIMES })
    const lock = taken(await a.sessions.locks('writers').tryTake('x'))
    const reload = 'select pg_reload_conf()'
    try {
      // Commits wait for a standby that does not exist.
      await tests.run(`alter system set synchronous_standby_names = 'nobody'`)
      await tests.run(reload)
      const committed = a.sessions.commitOnce(lock, async (run) => {
        await run('insert into public.log default values')
        return 'done'
      })
      const waiting = `select 1 from pg_stat_activity where wait_event = 'SyncRep' and query = 'commit'`
      await expect.poll(() => tests.run(waiting)).toHaveLength(1)
      proxy.destroyAll()
      const blocked = `select 1 from pg_stat_activity where wait_event_type = 'Lock'`
      await expect.poll(() => tests.run(blocked)).toHaveLength(1)
      await tests.run('alter system reset synchronous_standby_names')
      await tests.run(reload)
      expect(await committed).toBe('done')
      expect(await tests.run('select n from log', name)).toEqual([{ n: 1 }])
    } finally {
      await tests.run('alter system reset synchronous_standby_names')
      await tests.run(reload)
      await proxy.end()
    }
  })

  it('return what the work of the one that was committed returned', async () => {
    const name = await tests.newState()
    const a = await tests.machine(name)
    const lock = taken(await a.sessions.locks('writers').tryTake('x'))
    await expect(
      a.sessions.commitOnce(lock, () => Promise.reject(new RangeError('own'))),
    ).rejects.toThrow(RangeError)
    expect(await a.sessions.commitOnce(lock, async () => 'next')).toBe('next')
    await lock.release()
    expect(await failureOf(a.sessions.commitOnce(lock, async () => 0))).toMatchObject({
      kind: 'lost',
    })
    // A mistake with one lock does not end the session.
    expect(lock.lost.aborted).toBe(false)
  })
})

describe('the clock of this machine', () => {
  it('may be set: leases and times are the database’s', async () => {
    const name = await tests.newState()
    const [a, b] = [await tests.machine(name), await tests.machine(name)]
    const lock = taken(await a.sessions.locks('writers').tryTake('x'))
    const real = Date.now()
    let last = 0
    for (const hours of [5, -30, 0]) {
      vi.useFakeTimers({ toFake: ['Date'], now: real + hours * 3_600_000 })
      await sleep(900)
      expect(await b.sessions.locks('writers').tryTake('x')).toBeUndefined()
      expect(await a.sessions.commitOnce(lock, async () => 'done')).toBe('done')
      const [row] = await tests.run(
        'select extract(epoch from clock_timestamp()) * 1000 as now',
        name,
      )
      expect(Math.abs(a.sessions.now() - Number(row!.now))).toBeLessThan(1_000)
      expect(a.sessions.now()).toBeGreaterThanOrEqual(last)
      last = a.sessions.now()
      vi.useRealTimers()
    }
    expect(lock.lost.aborted).toBe(false)
  })
})

describe('what a lock is certain of', () => {
  it('is that no other can have it, until its lease may have run out by either clock', async () => {
    const name = await tests.newState()
    const a = await tests.machine(name, { times: LONG_TIMES })
    const lock = taken(await a.sessions.locks('writers').tryTake('x'))
    expect(lock.certain()).toBeUndefined()
    // A machine that has slept: only this clock has gone on.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 9_000 })
    const renewed = lock.certain()
    expect(renewed).toBeInstanceOf(Promise)
    await renewed
    expect(lock.certain()).toBeUndefined()
    expect(lock.lost.aborted).toBe(false)
  })

  it('is asked of the database first, which may be away, or may say that it is lost', async () => {
    const name = await tests.newState()
    const a = await tests.machine(name, { times: LONG_TIMES })
    const lock = taken(await a.sessions.locks('writers').tryTake('x'))
    await tests.server.stop()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 9_000 })
    let isCertain = false
    const waiting = (async () => {
      for (let wait = lock.certain(); wait !== undefined; wait = lock.certain()) await wait
      isCertain = true
    })()
    await sleep(500)
    expect(isCertain).toBe(false)
    await tests.server.start()
    await waiting
    await tests.run('update chatlayer_tables.sessions set dead = true', name)
    vi.setSystemTime(Date.now() + 9_000)
    expect(await failureOf(Promise.resolve(lock.certain()))).toMatchObject({ kind: 'lost' })
    expect(() => lock.certain()).toThrow(expect.objectContaining({ kind: 'lost' }))
  })
})

describe('a process', () => {
  const children: ChildProcess[] = []

  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
  })

  /** Starts a process that holds the lock `x`, and returns what it printed after that. */
  async function startHolder(
    name: string,
    ...more: string[]
  ): Promise<{ child: ChildProcess; lines: string[] }> {
    await tests.run(
      `create table log (n serial, holder text);
      alter database ${name} set search_path = chatlayer_tables, public`,
      name,
    )
    await tests.run('alter table log set schema chatlayer_tables', name)
    const script = fileURLToPath(new URL('hold-lock.ts', import.meta.url))
    const child = spawn(process.execPath, [script, tests.server.url(name), 'x', ...more], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(child)
    const lines: string[] = []
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      lines.push(...text.trim().split('\n'))
    })
    await expect.poll(() => lines).toContain('held')
    return { child, lines }
  }

  it('that closes nothing ends all the same', async () => {
    const { child } = await startHolder(await tests.newState(), 'leave')
    if (child.exitCode === null) await once(child, 'exit')
    expect(child.exitCode).toBe(0)
  })

  it('that is killed loses its locks when its lease has run out', async () => {
    const name = await tests.newState()
    const { child } = await startHolder(name)
    const b = await tests.machine(name, { times: LONG_TIMES })
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await b.sessions.locks('writers').tryTake('x')).toBeUndefined()
    await age(name, LEASE_TIMES.lease)
    // One call waits for the time of grace, and takes it.
    taken(await b.sessions.locks('writers').tryTake('x'))
  })

  it.runIf(process.platform !== 'win32')(
    'that was stopped for longer than its lease commits nothing when it comes back',
    async () => {
      const name = await tests.newState()
      const { child, lines } = await startHolder(name)
      const b = await tests.machine(name, { times: LEASE_TIMES })
      child.kill('SIGSTOP')
      const stoppedAt = performance.now()
      const lock = await takeWhenFree(b.sessions.locks('writers'), 'x')
      const ms = performance.now() - stoppedAt
      expect(ms).toBeGreaterThan(LEASE_TIMES.lease - LEASE_TIMES.renew)
      await b.sessions.commitOnce(lock, async (run) => {
        await run(`insert into log (holder) values ('other')`)
      })
      child.kill('SIGCONT')
      await once(child, 'exit')
      expect(lines.slice(-2).toSorted()).toEqual(['lost', 'stopped: lost'])
      const [last] = await tests.run(
        'select holder from chatlayer_tables.log order by n desc limit 1',
        name,
      )
      expect(last).toEqual({ holder: 'other' })
      expect(lock.lost.aborted).toBe(false)
    },
  )
})
