import { once } from 'node:events'
import { chownSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { StorageError } from '@chatlayer-tables/local'
import { startProxy } from '@chatlayer-tables/sources/test-tcp-proxy'
import { describe, expect, it } from 'vitest'
import { Database } from '../src/database.ts'
import { failureOf, shown, TestServer } from './support.ts'

const NOBODY = 65534

const tests = new TestServer()

describe('statements', () => {
  it('are repeated on a new connection when theirs has ended', async () => {
    const name = await tests.newSchema()
    const waits: string[] = []
    const database = tests.open(name, { onWait: (place) => waits.push(place) })
    await Promise.all([1, 2, 3].map(() => database.query('select pg_sleep(0.05)')))
    expect(await tests.terminate(name)).toBe(3)
    const sums = [1, 2, 3, 4].map((n) => database.query('select $1::int + 1 as sum', [n]))
    expect((await Promise.all(sums)).flat()).toEqual([2, 3, 4, 5].map((sum) => ({ sum })))
    // A connection that is replaced at once is no reason for a notice.
    expect(waits).toEqual([])
  })

  it('that run when their connection ends are repeated', async () => {
    const name = await tests.newSchema()
    const database = tests.open(name)
    let tries = 0
    const done = database.transaction(async (run) => {
      tries += 1
      if (tries === 1) void sleep(50).then(() => tests.terminate(name))
      return run(`select pg_sleep($1), 'done' as result`, [tries === 1 ? 5 : 0])
    })
    expect(await done).toMatchObject([{ result: 'done' }])
    expect(tries).toBe(2)
  })

  it('wait while the server restarts', async () => {
    const name = await tests.newSchema()
    const waits: string[] = []
    const database = tests.open(name, { onWait: (place) => waits.push(place) })
    await database.query('create table kept (n int)')
    await tests.server.stop()
    const inserted = database.transaction(async (run) => {
      await run('insert into kept values (1)')
    })
    const read = database.query('select 1 as one')
    await sleep(1_500)
    await tests.server.start()
    await inserted
    expect(await read).toEqual([{ one: 1 }])
    expect(await database.query('select n from kept')).toEqual([{ n: 1 }])
    expect(waits).toEqual([database.place])
  })

  it('that write wait while the server is a standby, until it is the primary', async () => {
    const name = await tests.newSchema()
    const database = tests.open(name)
    await database.query('create table kept (n int)')
    const hasty = tests.open(name, { waitMs: 100 })
    const [row] = await tests.run('show data_directory')
    await tests.server.stop()
    const signal = join(String(row?.data_directory), 'standby.signal')
    writeFileSync(signal, '')
    if (process.getuid?.() === 0) chownSync(signal, NOBODY, NOBODY)
    await tests.server.start()
    expect(await database.query('select * from kept')).toEqual([])
    const insert = 'insert into kept values (1)'
    expect(await failureOf(hasty.query(insert))).toMatchObject({
      kind: 'read-only',
      hint: expect.stringContaining('target_session_attrs=read-write'),
    })
    const waiting = database.query(insert)
    await sleep(500)
    await tests.run('select pg_promote()')
    await waiting
    expect(await database.query('select * from kept')).toEqual([{ n: 1 }])
  })

  it('fail when the server stays away for longer than the bound', async () => {
    const name = await tests.newSchema()
    const database = tests.open(name, { waitMs: 300 })
    await database.query('select 1')
    await tests.server.stop()
    try {
      const error = await failureOf(database.query('select 1'))
      expect(error).toBeInstanceOf(StorageError)
      expect(error).toMatchObject({ kind: 'unreachable', path: database.place })
      expect(error.message).toContain('no server is listening there')
      // The bound is for the time away: a program that ends does not wait again for each statement.
      const before = performance.now()
      for (let n = 0; n < 10; n += 1) await failureOf(database.query('select 1'))
      expect(performance.now() - before).toBeLessThan(10 * 300)
    } finally {
      await tests.server.start()
    }
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }])
  })

  it('do not wait any more once the program is told to end', async () => {
    const name = await tests.newSchema()
    const end = new AbortController()
    const database = tests.open(name, { signal: end.signal })
    await database.query('select 1')
    await tests.server.stop()
    try {
      const failed = failureOf(database.query('select 1'))
      end.abort()
      expect(await failed).toMatchObject({ kind: 'unreachable' })
    } finally {
      await tests.server.start()
    }
  })

  it('that fail for good are not repeated, and their errors have no values', async () => {
    const name = await tests.newSchema()
    const database = tests.open(name)
    await database.query('create table one (n int primary key, secret text)')
    const insert = `insert into one values (1, 'geheim') on conflict do nothing`
    await database.query(insert)
    let tries = 0
    for (const sql of [
      `insert into one values (1, 'geheim')`,
      `select 'geheim'::int`,
      `do $$ begin raise exception 'geheim'; end $$`,
    ]) {
      const work = async () => {
        tries += 1
        await database.query(sql)
      }
      const error = await failureOf(work())
      expect(error).toMatchObject({ name: 'StorageError', kind: 'damaged' })
      expect(shown(error)).not.toContain('geheim')
    }
    expect(tries).toBe(3)
  })

  it('say what is missing or not allowed, and what to do', async () => {
    const name = await tests.newSchema()
    const database = tests.open(name)
    expect(await failureOf(database.query('select * from nothing'))).toMatchObject({
      kind: 'missing',
      hint: expect.stringContaining('Migrate'),
    })
    await tests.run(`create table public.others (n int); create role poor_${name} login`, name)
    const poor = tests.open(name, {
      address: tests.server.url(name).replace('postgres@', `poor_${name}@`),
    })
    expect(await failureOf(poor.query('select * from public.others'))).toMatchObject({
      kind: 'no-permission',
      message: expect.stringContaining('permission denied for table others'),
      cause: { code: '42501' },
    })
  })
})

describe('transactions', () => {
  it('are taken back by any error, which is thrown as it is', async () => {
    const name = await tests.newSchema()
    const database = tests.open(name)
    await database.query('create table kept (n int)')
    const own = new Error('of the program')
    const failed = database.transaction(async (run) => {
      await run('insert into kept values (1)')
      throw own
    })
    expect(await failureOf(failed)).toBe(own)
    expect(await database.query('select * from kept')).toEqual([])
  })

  it('fail by the first statement that failed, also when the others are not awaited', async () => {
    const name = await tests.newSchema()
    const database = tests.open(name)
    await database.query('create table kept (n int)')
    const failed = database.transaction(async (run) => {
      const sent = [run('select 1/0'), run('insert into kept values (1)'), run('select 2')]
      await Promise.all(sent)
    })
    expect(await failureOf(failed)).toMatchObject({ cause: { code: '22012' } })
    const swallowed = database.transaction(async (run) => {
      await run('insert into kept values (1)')
      await run('select 1/0').catch(() => undefined)
    })
    expect(await failureOf(swallowed)).toMatchObject({ cause: { code: '22012' } })
    expect(await database.query('select * from kept')).toEqual([])
  })

  it('run nothing after their end, though parts of their work go on', async () => {
    const name = await tests.newSchema()
    const database = tests.open(name, { maxConnections: 1 })
    await database.query('create table kept (n int)')
    let late: Promise<unknown> | undefined
    const failed = database.transaction(async (run) => {
      late = sleep(50).then(() => run('insert into kept values (1)'))
      late.catch(() => undefined)
      throw new RangeError('of the program')
    })
    expect(await failureOf(failed)).toBeInstanceOf(RangeError)
    expect((await failureOf(late!)).message).toBe('the transaction has ended')
    expect(await database.query('select * from kept')).toEqual([])
  })

  it('of two that lock each other out are repeated', async () => {
    const name = await tests.newSchema()
    const database = tests.open(name)
    await database.query('create table pair as select n, 0 as sum from generate_series(1, 2) n')
    const add = 'update pair set sum = sum + 1 where n = $1'
    let arrived = 0
    const both = Promise.withResolvers<void>()
    const cross = (first: number, second: number) =>
      database.transaction(async (run) => {
        await run(add, [first])
        arrived += 1
        if (arrived === 2) both.resolve()
        await both.promise
        await run(add, [second])
      })
    await Promise.all([cross(1, 2), cross(2, 1)])
    expect(await database.query('select sum from pair')).toEqual([{ sum: 2 }, { sum: 2 }])
    expect(arrived).toBe(3)
  })

  it('whose commit had no response are repeated only where that is safe', async () => {
    const name = await tests.newSchema()
    await tests.run('create table kept (n int)', name)
    const proxy = await startLossyProxy(tests.server.port)
    try {
      const address = `postgres://postgres@127.0.0.1:${proxy.port}/${name}`
      const database = tests.closeLater(new Database({ address, env: {} }))
      const insert = (n: number, isRepeatable?: boolean) =>
        database.transaction(
          async (run) => {
            await run(
              'insert into kept select $1 where not exists (select from kept where n = $1)',
              [n],
            )
          },
          { isRepeatable },
        )
      proxy.loseNextCommit()
      const error = await failureOf(insert(1))
      expect(error).toMatchObject({ kind: 'unreachable' })
      expect(error.message).toContain('the outcome of the last statement is not known')
      proxy.loseNextCommit()
      await insert(2, true)
      expect(proxy.lost).toBe(2)
      // Both were committed: only the response was lost.
      expect(await tests.run('select n from kept order by n', name)).toEqual([{ n: 1 }, { n: 2 }])
    } finally {
      await proxy.end()
    }
  })

  it('that stop in the middle are ended by the server, and repeated', async () => {
    const name = await tests.newSchema()
    const database = tests.open(name)
    await database.query('create table kept as select 1 as n')
    const [limits] = await database.query(`select
      current_setting('idle_in_transaction_session_timeout') as idle,
      current_setting('lock_timeout') as lock, current_setting('statement_timeout') as statement`)
    expect(limits).toEqual({ idle: '8s', lock: '12s', statement: '20s' })
    let tries = 0
    await database.transaction(async (run) => {
      tries += 1
      await run('set local idle_in_transaction_session_timeout = 100')
      await run('update kept set n = n + 1')
      if (tries === 1) await sleep(400)
    })
    expect(tries).toBe(2)
    expect(await tests.run('select n from kept', name)).toEqual([{ n: 2 }])
  })
})

describe('connections', () => {
  it('are at most four, and given in the order of asking', async () => {
    const name = await tests.newSchema()
    const database = tests.open(name)
    await Promise.all(Array.from({ length: 9 }, () => database.query('select pg_sleep(0.02)')))
    const connected = `select count(*)::int as n from pg_stat_activity where datname = '${name}'`
    expect(await tests.run(connected)).toEqual([{ n: 4 }])
    const single = tests.open(name, { maxConnections: 1 })
    const order: number[] = []
    const asked = Array.from({ length: 9 }, async (_, n) => {
      await single.query('select pg_sleep(0.01)')
      order.push(n)
    })
    await Promise.all(asked)
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('that are all in use for too long are an error, not a wait without end', async () => {
    const name = await tests.newSchema()
    const database = tests.open(name, { waitMs: 100, maxConnections: 1, connectMs: 100 })
    const inner = database.transaction(() => database.query('select 1'))
    expect(await failureOf(inner)).toMatchObject({
      kind: 'locked',
      message: expect.stringContaining('all connections of this process'),
    })
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }])
  })

  it('of which the server has no more are waited for', async () => {
    const name = await tests.newSchema()
    await tests.run(`create role few_${name} login connection limit 1`)
    const address = tests.server.url(name).replace('postgres@', `few_${name}@`)
    const database = tests.open(name, { address })
    // Two at once want two connections.
    const both = [1, 2].map(() => database.query('select pg_sleep(0.2)'))
    await Promise.all(both)
    const other = tests.open(name, { address, waitMs: 100 })
    const error = await failureOf(other.query('select 1'))
    expect(error).toMatchObject({ kind: 'unreachable' })
    expect(error.message).toContain('too many connections for role')
  })

  it('that are idle end quietly', async () => {
    const name = await tests.newSchema()
    const database = tests.open(name)
    const failures: unknown[] = []
    const note = (error: unknown) => failures.push(error)
    process.on('uncaughtExceptionMonitor', note).on('unhandledRejection', note)
    try {
      await database.query('select 1')
      await tests.terminate(name)
      await sleep(100)
      expect(await database.query('select 1 as one')).toEqual([{ one: 1 }])
    } finally {
      process.off('uncaughtExceptionMonitor', note).off('unhandledRejection', note)
    }
    expect(failures).toEqual([])
  })

  it('to a server that is silent end in time', async () => {
    const sockets: Socket[] = []
    const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as { port: number }
    try {
      const address = `postgres://postgres@127.0.0.1:${port}/x`
      const database = tests.closeLater(
        new Database({ address, env: {}, waitMs: 200, connectMs: 200 }),
      )
      expect(await failureOf(database.query('select 1'))).toMatchObject({ kind: 'unreachable' })
    } finally {
      for (const socket of sockets) socket.destroy()
      silent.close()
    }
  })

  it('go on after any break of the network', async () => {
    const name = await tests.newSchema()
    await tests.run('create table log (n int)', name)
    const proxy = await startProxy(tests.server.port)
    try {
      const address = `postgres://postgres@127.0.0.1:${proxy.port}/${name}`
      const database = tests.closeLater(new Database({ address, env: {} }))
      let isDone = false
      const breaking = (async () => {
        while (!isDone) {
          await sleep(50 + Math.random() * 150)
          proxy.destroyAll()
        }
      })()
      for (let n = 0; n < 60; n += 1) {
        await sleep(10)
        await database.transaction(
          async (run) => {
            await run('delete from log where n = $1', [n])
            await run('insert into log values ($1)', [n])
          },
          { isRepeatable: true },
        )
      }
      isDone = true
      await breaking
      const rows = await tests.run('select n from log order by n', name)
      expect(rows).toEqual(Array.from({ length: 60 }, (_, n) => ({ n })))
    } finally {
      await proxy.end()
    }
  })
})

/** Passes everything on, but on demand breaks a connection once the server has confirmed its commit. */
async function startLossyProxy(to: number) {
  const { connect } = await import('node:net')
  const sockets = new Set<Socket>()
  let isLosing = false
  const proxy = {
    port: 0,
    lost: 0,
    loseNextCommit() {
      isLosing = true
    },
    async end() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  const server = createServer((socket) => {
    const other = connect(to, '127.0.0.1')
    for (const each of [socket, other]) {
      sockets.add(each)
      each.on('error', () => each.destroy())
    }
    socket.pipe(other)
    other.on('data', (bytes: Buffer) => {
      if (isLosing && bytes.includes('COMMIT\0')) {
        isLosing = false
        proxy.lost += 1
        socket.destroy()
        other.destroy()
      } else socket.write(bytes)
    })
    socket.on('close', () => other.destroy())
    other.on('close', () => socket.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  proxy.port = (server.address() as { port: number }).port
  return proxy
}
