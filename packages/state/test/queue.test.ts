import { randomBytes } from 'node:crypto'
import { type PostgresServer, startPostgres } from '@chatlayer-tables/sources/test-postgres'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { migrate } from '../src/migrate.ts'
import {
  Database,
  grantsTo,
  migrateAll,
  Queue,
  type QueueOrder,
  QueueWorker,
  type Verdict,
} from '../src/postgres.ts'

let server: PostgresServer
let admin: pg.Client
let address: string
let database: Database
let closers: (() => Promise<void>)[] = []

beforeAll(async () => {
  server = await startPostgres()
  admin = new pg.Client(server.url())
  await admin.connect()
})

afterAll(async () => {
  await admin.end()
  await server.end()
})

beforeEach(async () => {
  const name = `queue_${randomBytes(4).toString('hex')}`
  await admin.query(`create database ${name}`)
  address = server.url(name)
  database = new Database({ address, env: {} })
  await migrate(database)
  return async () => {
    for (const close of closers.reverse()) await close()
    closers = []
    await database.close()
  }
})

async function openQueue(name?: string): Promise<Queue> {
  const worker = name === undefined ? undefined : { host: name, pid: 1 }
  const queue = await Queue.open(new Database({ address, env: {} }), { worker })
  closers.push(() => queue.close())
  return queue
}

function order(name: string, more: Partial<QueueOrder> = {}): QueueOrder {
  return { name, key: name, work: { name }, files: [], by: { host: 'here' }, ...more }
}

interface Carried {
  readonly name: string
  readonly worker: string
}

/** Runs workers until no order can be taken. */
async function work(
  queue: Queue,
  workers: readonly string[],
  carryOut: (name: string, worker: string) => Promise<Verdict> = async () => ({ end: 'done' }),
): Promise<Carried[]> {
  const carried: Carried[] = []
  await Promise.all(
    workers.map((host, index) =>
      new QueueWorker({
        ...{ queue, name: { host, pid: index }, concurrency: 2, once: true, pollMs: 50 },
        carryOut: async ({ claim: { order } }) => {
          carried.push({ name: order.name, worker: host })
          return await carryOut(order.name, host)
        },
      }).run(),
    ),
  )
  return carried
}

describe('the queue', () => {
  it('carries out each order once, with several workers, the more urgent first', async () => {
    const queue = await openQueue()
    for (const [index, name] of ['a', 'b', 'c', 'd', 'e', 'f'].entries()) {
      await queue.enqueue(order(name, { priority: index === 4 ? 10 : 0 }))
    }
    const carried = await work(queue, ['one', 'two', 'three'])
    expect(carried[0]?.name).toBe('e')
    expect(carried.map(({ name }) => name).sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    expect((await queue.list()).map(({ status }) => status)).toEqual(Array(6).fill('done'))
    expect((await queue.counts()).states.done).toBe(6)
  })

  it('carries out orders of one key one at a time', async () => {
    const queue = await openQueue()
    for (let index = 0; index < 8; index++) {
      await queue.enqueue(order(`o${index}`, { key: `table ${index % 2}` }))
    }
    const running = new Set<number>()
    let most = 0
    // Ends only when no more can be taken, so all workers wait for those of a key.
    let isLeft = true
    while (isLeft) {
      await work(queue, ['one', 'two', 'three'], async (name) => {
        const key = Number(name.slice(1)) % 2
        expect(running.has(key)).toBe(false)
        running.add(key)
        most = Math.max(most, running.size)
        await new Promise((resolve) => setTimeout(resolve, 30))
        running.delete(key)
        return { end: 'done' }
      })
      isLeft = (await queue.counts()).states.queued > 0
    }
    expect(most).toBe(2)
    expect((await queue.counts()).states.done).toBe(8)
  })

  it('brings files along, each content once', async () => {
    const queue = await openQueue()
    const content = randomBytes(2_000)
    const files = [
      { path: 'chatlayer.yaml', content: Buffer.from('syncs: {}') },
      { path: 'data/stores.csv', content },
      { path: 'data/again.csv', content },
    ]
    const id = await queue.enqueue(order('a', { files }))
    const found = await queue.files(await queue.show(id))
    expect(found.map(({ path }) => path)).toEqual(files.map(({ path }) => path))
    expect(Buffer.from(found[1]?.content ?? []).equals(content)).toBe(true)
    const [row] = await database.query('select count(*)::int as count from queue_files')
    expect(row?.count).toBe(2)
  })

  it('tries what may pass again after a growing delay, and in the end gives up', async () => {
    const queue = await openQueue()
    const id = await queue.enqueue(order('a'))
    const worker = queue.claims({ host: 'one', pid: 1 })
    const delays: number[] = []
    for (;;) {
      await database.query('update chatlayer_tables_queue.job set start_after = now()')
      const claim = await worker.take()
      if (claim === undefined) throw new Error('nothing to take')
      const settled = await worker.settle(claim, { end: 'retry', reason: 'the gateway is gone' })
      if (settled.end === 'failed') break
      delays.push(settled.afterMs ?? 0)
      const { status, notBefore, reason } = await queue.show(id)
      expect(status).toBe('retrying')
      expect(notBefore).toBeGreaterThan(0)
      expect(reason).toBe('the gateway is gone')
    }
    expect(delays).toHaveLength(5)
    for (const [index, delay] of delays.entries()) {
      if (index > 0) expect(delay).toBeGreaterThan((delays[index - 1] ?? 0) * 2)
    }
    const job = await queue.show(id)
    expect(job).toMatchObject({ status: 'failed', failures: 6, reason: 'the gateway is gone' })
    expect(await worker.take()).toBeUndefined()
  })

  it('puts back what cannot be done now, as often as needed, without a failure', async () => {
    const queue = await openQueue()
    const id = await queue.enqueue(order('a'))
    const worker = queue.claims({ host: 'one', pid: 1 })
    for (let index = 0; index < 12; index++) {
      const claim = await worker.take()
      if (claim === undefined) throw new Error('nothing to take')
      expect(claim).toMatchObject({ failures: 0, lost: 0, isRepeated: index > 0 })
      await worker.settle(claim, { end: 'back', reason: 'the table is locked', afterMs: 0 })
    }
    expect(await queue.show(id)).toMatchObject({ status: 'retrying', failures: 0 })
  })

  it('gives the order of a worker that died to another, and gives up in the end', async () => {
    const queue = await openQueue('supervisor')
    const id = await queue.enqueue(order('a'))
    const worker = queue.claims({ host: 'one', pid: 1 })
    const first = await worker.take()
    if (first === undefined) throw new Error('nothing to take')
    // As if it had not been heard of for a minute.
    const silence =
      "update chatlayer_tables_queue.job set heartbeat_on = now() - interval '1 minute' where state = 'active'"
    await database.query(silence)
    const other = queue.claims({ host: 'two', pid: 2 })
    const second = await expect
      .poll(() => other.take(), { timeout: 20_000 })
      .toMatchObject({ id, attempt: 1, lost: 1, failures: 0, isRepeated: true })
      .then(() => queue.show(id))
    expect(second).toMatchObject({ status: 'running', worker: { host: 'two' } })
    // The first comes back: it has lost its claim.
    expect(await worker.touch([first])).toEqual(new Set())
    expect(await worker.settle(first, { end: 'done' })).toEqual({ end: 'lost' })
    expect(await queue.show(id)).toMatchObject({ status: 'running' })
    await database.query('update queue_runs set lost = 20')
    await database.query(silence)
    await expect
      .poll(async () => {
        expect(await worker.take()).toBeUndefined()
        return await queue.show(id)
      })
      .toMatchObject({ status: 'failed', reason: '21 workers ended while they carried it out' })
  })

  it('cancels what waits and what runs', async () => {
    const queue = await openQueue()
    const waiting = await queue.enqueue(order('waiting'))
    expect((await queue.cancel(waiting.slice(0, 13))).status).toBe('cancelled')
    await expect(queue.cancel(waiting)).rejects.toThrow('has ended: cancelled')
    const running = await queue.enqueue(order('running'))
    let reason: unknown
    const worker = new QueueWorker({
      ...{ queue, name: { host: 'one', pid: 1 }, concurrency: 1, pollMs: 50, once: true },
      async carryOut({ stop }) {
        await queue.cancel(running)
        await new Promise((resolve) => stop.addEventListener('abort', resolve))
        reason = stop.reason
        return { end: 'back', reason: 'stopped', afterMs: 0 }
      },
    })
    await worker.run()
    expect(reason).toMatchObject({ name: 'RunStopped', reason: 'gone' })
    expect(await queue.show(running)).toMatchObject({ status: 'cancelled' })
    await expect(queue.show('00000000')).rejects.toThrow('there is no queued job "00000000"')
  })

  it('drains: takes nothing more, and lets what runs end, or come to a safe point', async () => {
    const queue = await openQueue()
    const id = await queue.enqueue(order('a'))
    const other = await queue.enqueue(order('b'))
    const done = Promise.withResolvers<void>()
    const worker = new QueueWorker({
      ...{ queue, name: { host: 'one', pid: 1 }, concurrency: 2, pollMs: 50 },
      async carryOut({ claim, stop }) {
        if (claim.id === other) {
          worker.drain(60_000)
          await queue.enqueue(order('c'))
          expect(stop.aborted).toBe(false)
          done.resolve()
          return { end: 'done' }
        }
        await done.promise
        worker.hurry()
        expect(stop.reason).toMatchObject({ reason: 'drained' })
        return { end: 'back', reason: 'the worker was stopped', afterMs: 0 }
      },
    })
    await worker.run()
    expect(await queue.show(id)).toMatchObject({ status: 'retrying', failures: 0 })
    expect((await queue.counts()).states).toMatchObject({ queued: 1, retrying: 1, done: 1 })
    expect((await work(queue, ['two'])).map(({ name }) => name).sort()).toEqual(['a', 'c'])
  })

  it('keeps the last lines and the progress of a run', async () => {
    const queue = await openQueue()
    const id = await queue.enqueue(order('a'))
    await work(queue, [])
    const claims = queue.claims({ host: 'one', pid: 1 })
    const claim = await claims.take()
    if (claim === undefined) throw new Error('nothing to take')
    await claims.keep(claim, { lines: ['one', 'two'], progress: { ok: 3 }, job: 'abc' })
    await claims.keep(claim, { lines: Array.from({ length: 999 }, (_, index) => `n${index}`) })
    const lines = await queue.lines(id, { limit: 2_000 })
    expect(lines).toHaveLength(1_000)
    expect(lines[0]).toMatchObject({ number: 2, text: 'two' })
    expect(lines.at(-1)).toMatchObject({ number: 1_001, text: 'n998' })
    expect(await queue.lines(id, { after: 1_000 })).toMatchObject([{ text: 'n998' }])
    expect(await queue.show(id)).toMatchObject({ progress: { ok: 3 }, job: 'abc' })
    // A worker that has lost the claim adds nothing.
    await claims.keep({ ...claim, attempt: 7 }, { lines: ['late'] })
    expect((await queue.lines(id)).at(-1)).toMatchObject({ text: 'n998' })
  })

  it('removes what belongs to no order any more', async () => {
    const queue = await openQueue('one')
    const files = [{ path: 'a.csv', content: Buffer.from('a') }]
    const kept = await queue.enqueue(order('kept', { files }))
    const gone = await queue.enqueue(
      order('gone', { files: [...files, { path: 'b.csv', content: Buffer.from('b') }] }),
    )
    await queue.schedule(
      'nightly',
      order('c', { files: [{ path: 'c.csv', content: Buffer.from('c') }] }),
      { cron: '0 2 1 1 *', timezone: 'Europe/Brussels' },
    )
    await work(queue, ['one'])
    await database.query("update queue_files set used_at = now() - interval '1 day'")
    await database.query('delete from chatlayer_tables_queue.job where id = $1', [gone])
    await queue.prune()
    expect(await queue.files(await queue.show(kept))).toHaveLength(1)
    const [schedule] = await queue.schedules()
    if (schedule === undefined) throw new Error('no schedule')
    expect(await queue.files(schedule)).toHaveLength(1)
    const [left] = await database.query(
      'select (select count(*) from queue_files)::int as files, (select count(*) from queue_runs)::int as runs',
    )
    expect(left).toEqual({ files: 2, runs: 1 })
  })
})

describe('its tables', () => {
  it('are made by the first of several programs that start at once', async () => {
    const queues = await Promise.all(['one', 'two', 'three', 'four'].map(openQueue))
    await Promise.all(queues.map((queue, index) => queue.enqueue(order(`o${index}`))))
    expect(await queues[0]?.list()).toHaveLength(4)
  })

  it('can be used by a role that may not make them, and are reported to it', async () => {
    const role = `user_${randomBytes(4).toString('hex')}`
    await admin.query(`create role ${role} login`)
    const own = new URL(address)
    own.username = role
    const open = async () =>
      await Queue.open(new Database({ address: own.href, env: {} }), {
        worker: { host: 'one', pid: 1 },
      })
    const missing = /tables of the queue .* are missing or of an earlier release/
    await expect(open()).rejects.toMatchObject({
      ...{ code: 'STORAGE', kind: 'missing', message: expect.stringMatching(missing) },
      situation: { code: 'STATE_NOT_MIGRATED' },
    })
    await migrateAll(database)
    for (const statement of grantsTo(role)) await database.query(statement)
    await using queue = await open()
    await queue.schedule('n', order('a'), { cron: '0 2 * * *', timezone: 'UTC' })
    await queue.enqueue(order('a', { files: [{ path: 'x', content: Buffer.from('x') }] }))
    expect(await work(queue, ['one'])).toMatchObject([{ name: 'a' }])
    await queue.prune()
    expect((await queue.counts()).states.done).toBe(1)
  })
})

describe('schedules', () => {
  it('send an order once for each time, whatever the number of workers', async () => {
    const queue = await openQueue()
    // pg-boss sends what came due within the last minute: the time at which this minute began.
    const [row] = await database.query(
      "select extract(minute from t)::int as minute, extract(hour from t)::int as hour from (select now() at time zone 'UTC' - interval '5 seconds' as t) x",
    )
    const cron = `${row?.minute} ${row?.hour} * * *`
    await queue.schedule('nightly', order('a'), { cron, timezone: 'UTC' })
    // Each worker looks at the schedules when it starts, and the second three as if it were later.
    for (const round of ['1', '2']) {
      await database.query('update chatlayer_tables_queue.version set cron_on = null')
      const workers = await Promise.all(
        ['one', 'two', 'three'].map((name) => openQueue(name + round)),
      )
      const looked = 'select cron_on is not null as looked from chatlayer_tables_queue.version'
      await expect.poll(async () => (await database.query(looked))[0]?.looked).toBe(true)
      await expect.poll(async () => (await queue.list()).length).toBeGreaterThan(0)
      for (const worker of workers) await worker.close()
    }
    const sent = 'select count(*)::int as count from chatlayer_tables_queue.job where name <> $1'
    expect((await database.query(sent, ['applies']))[0]?.count).toBe(1)
    const jobs = await queue.list()
    expect(jobs).toMatchObject([{ name: 'a', schedule: 'nightly', status: 'queued' }])
  })

  it('are shown, replaced and removed, and checked', async () => {
    const queue = await openQueue()
    await queue.schedule('n', order('a'), { cron: '0 2 * * *', timezone: 'Europe/Brussels' })
    await queue.schedule('n', order('b', { priority: 3 }), { cron: '0 3 * * *', timezone: 'UTC' })
    const found = await queue.schedules()
    expect(found).toMatchObject([{ key: 'n', cron: '0 3 * * *', name: 'b', priority: 3 }])
    expect(new Date(found[0]?.next[0] ?? 0).getUTCHours()).toBe(3)
    expect((await queue.counts()).schedules).toBe(1)
    expect(await queue.unschedule('n')).toBe(true)
    expect(await queue.unschedule('n')).toBe(false)
    for (const [cron, timezone] of [
      ['0 25 * * *', 'UTC'],
      ['0 2 * * *', 'Mars/Base'],
    ]) {
      const wrong = { cron: cron ?? '', timezone: timezone ?? '' }
      await expect(queue.schedule('n', order('a'), wrong)).rejects.toThrow('is not valid')
    }
  })

  it('carry out only the last of several that wait', async () => {
    const queue = await openQueue()
    const ids: string[] = []
    for (let index = 0; index < 3; index++) ids.push(await queue.enqueue(order(`o${index}`)))
    await database.query(
      `update chatlayer_tables_queue.job set data = data || '{"schedule": "nightly"}' where name = 'applies'`,
    )
    expect(await work(queue, ['one'])).toMatchObject([{ name: 'o2' }])
    const statuses = await Promise.all(ids.map(async (id) => (await queue.show(id)).status))
    expect(statuses).toEqual(['skipped', 'skipped', 'done'])
  })
})
