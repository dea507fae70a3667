import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { PaceReport } from '@chatlayer-tables/core'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { describe, expect, it } from 'vitest'
import { SharedPace } from '../src/pace/shared-pace.ts'
import { TestServer } from './support.ts'

const tests = new TestServer()
const GROUP = { origin: 'https://gateway.example', token: 'someone:Pa55wordPa55word' }
const NO_MOVE = { times: 1, plus: 0, first: undefined, forget: false }
const REPORT: PaceReport = {
  serial: 1,
  move: NO_MOVE,
  limit: undefined,
  used: 0,
  isHeldBack: false,
  pauseMs: 0,
}

/** The next report of a client that reports nothing but a move. */
function reporter() {
  let serial = 0
  return (move: Partial<PaceReport['move']> = {}): PaceReport => {
    serial += 1
    return { ...REPORT, serial, move: { ...NO_MOVE, ...move } }
  }
}

/** Clients of one token, each of another process. */
async function clientsOf(count: number, groups: readonly (typeof GROUP)[] = [GROUP]) {
  const name = await tests.newState()
  const clients = Array.from(
    { length: count },
    (_, index) => new SharedPace(tests.open(name), groups[index % groups.length] ?? GROUP),
  )
  return { name, clients, run: (sql: string) => tests.run(sql, name) }
}

describe('clients of a token', () => {
  it('see what each reported last, in the order of joining', async () => {
    const { clients } = await clientsOf(3)
    const [one, two, three] = clients as [SharedPace, SharedPace, SharedPace]
    expect(await one.exchange(REPORT)).toEqual({ number: 1, agreed: undefined, others: [] })
    const second = { ...REPORT, limit: 300, used: 12.5, isHeldBack: true, pauseMs: 2500 }
    expect((await two.exchange(second)).others).toMatchObject([{ number: 1, limit: undefined }])
    const { number, others } = await three.exchange(REPORT)
    const seen = { limit: 300, used: 12.5, isHeldBack: true, pauseMs: 2500 }
    expect(number).toBeGreaterThan(2)
    expect(others.find(({ limit }) => limit === 300)).toMatchObject(seen)
    expect(others).toHaveLength(2)
    const again = await one.exchange({ ...REPORT, serial: 2, used: 99 })
    expect(again.number).toBe(1)
    const [first] = (await three.exchange({ ...REPORT, serial: 2 })).others.filter(
      (other) => other.number === 1,
    )
    expect(first?.used).toBe(99)
    expect(first?.ageMs).toBeGreaterThanOrEqual(0)
  })

  it('do not meet those of another token or gateway', async () => {
    const groups = [
      GROUP,
      { ...GROUP, token: 'someone:else' },
      { ...GROUP, origin: 'https://other.example' },
    ]
    const { clients } = await clientsOf(3, groups)
    for (const client of clients) {
      const report = { ...REPORT, move: { ...NO_MOVE, first: 100 } }
      expect((await client.exchange(report)).others).toEqual([])
    }
  })

  it('leave at once, and are left out when they are silent', async () => {
    const { clients, run } = await clientsOf(3)
    for (const client of clients) await client.exchange(REPORT)
    const [one, two, three] = clients as [SharedPace, SharedPace, SharedPace]
    await two.leave()
    expect((await one.exchange({ ...REPORT, serial: 2 })).others).toHaveLength(1)
    await run(`update chatlayer_tables.pace_reports set reported = reported - interval '4 s'`)
    expect((await one.exchange({ ...REPORT, serial: 3 })).others).toEqual([])
    // One that was silent, or had left, is back with its next report.
    await two.exchange({ ...REPORT, serial: 2 })
    await three.exchange({ ...REPORT, serial: 2 })
    expect((await one.exchange({ ...REPORT, serial: 4 })).others).toHaveLength(2)
  })

  it('leave no rows behind when they die', async () => {
    const { name, clients, run } = await clientsOf(20)
    for (const client of clients) await client.exchange(REPORT)
    await run(`update chatlayer_tables.pace_reports set reported = reported - interval '2 min'`)
    await new SharedPace(tests.open(name), GROUP).exchange(REPORT)
    expect(await run('select 1 from chatlayer_tables.pace_reports')).toHaveLength(1)
  })

  it('are not revealed by what is stored', async () => {
    const { clients, run } = await clientsOf(1)
    await clients[0]?.exchange(REPORT)
    const rows = await run(`select to_jsonb(reports) from chatlayer_tables.pace_reports as reports`)
    expect(JSON.stringify(rows)).not.toContain('Pa55word')
    expect(rows).toHaveLength(1)
  })

  it('continue when a crash of the server has emptied the tables', async () => {
    const { clients, run } = await clientsOf(2)
    const [one, two] = clients as [SharedPace, SharedPace]
    const report = reporter()
    await one.exchange(report({ first: 300 }))
    await two.exchange(REPORT)
    await run('truncate chatlayer_tables.pace_reports, chatlayer_tables.pace_limits')
    expect(await one.exchange(report({ times: 1.1 }))).toMatchObject({ agreed: undefined })
    expect((await one.exchange(report({ first: 200 }))).agreed).toBe(200)
    expect((await two.exchange({ ...REPORT, serial: 2 })).others).toHaveLength(1)
  })
})

describe('the agreed limit', () => {
  it('is set once, and moved by everyone', async () => {
    const { clients } = await clientsOf(2)
    const [one, two] = clients as [SharedPace, SharedPace]
    const [first, second] = [reporter(), reporter()]
    expect((await one.exchange(first({ first: 300 }))).agreed).toBe(300)
    expect((await two.exchange(second({ first: 900 }))).agreed).not.toBe(900)
    expect((await one.exchange(first())).agreed).toBe(300)
    expect((await two.exchange(second({ times: 1.5 }))).agreed).toBe(450)
    expect((await one.exchange(first({ times: 0.5, plus: 75 }))).agreed).toBe(300)
    expect((await two.exchange(second({ forget: true }))).agreed).toBeUndefined()
    expect((await one.exchange(first())).agreed).toBeUndefined()
    expect((await one.exchange(first({ first: 200 }))).agreed).toBe(200)
  })

  it('takes each move into account, also those made at once', async () => {
    const { clients } = await clientsOf(10)
    const reports = clients.map(() => reporter())
    await clients[0]?.exchange(REPORT)
    await clients[0]?.exchange({ ...REPORT, serial: 2, move: { ...NO_MOVE, first: 100 } })
    await Promise.all(clients.slice(1).map((client, n) => client.exchange(reports[n]!())))
    await Promise.all(
      clients.slice(1).map((client, n) => client.exchange(reports[n]!({ times: 1.1 }))),
    )
    const { agreed } = (await clients[0]?.exchange({ ...REPORT, serial: 3 })) ?? {}
    expect(agreed).toBeCloseTo(100 * 1.1 ** 9, 6)
  })

  it('is not moved twice when a statement is repeated', async () => {
    const { clients } = await clientsOf(1)
    const [one] = clients as [SharedPace]
    const report = reporter()
    await one.exchange(report({ first: 100 }))
    const move = report({ times: 2 })
    expect((await one.exchange(move)).agreed).toBe(200)
    expect((await one.exchange(move)).agreed).toBe(200)
  })

  it('is known to one that comes later, for some minutes', async () => {
    const { clients, run } = await clientsOf(3)
    const [one, two, three] = clients as [SharedPace, SharedPace, SharedPace]
    await one.exchange(reporter()({ first: 300 }))
    await one.leave()
    expect(await two.exchange(REPORT)).toMatchObject({ agreed: 300, others: [] })
    await run(`update chatlayer_tables.pace_limits set changed = changed - interval '11 min'`)
    const report = reporter()
    expect((await three.exchange(report())).agreed).toBeUndefined()
    expect((await three.exchange(report({ first: 50 }))).agreed).toBe(50)
  })
})

interface Writer {
  readonly process: ChildProcess
  readonly last: () => { readonly succeeded: number; readonly pace?: number }
  end(): Promise<number | null>
}

async function startWriter(address: string, gateway: Emulator): Promise<Writer> {
  const file = fileURLToPath(new URL('pace-writer.ts', import.meta.url))
  const args = [file, address, gateway.url, gateway.teamId, gateway.botId]
  const child = spawn(process.execPath, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TOKEN: gateway.token },
  })
  let last = { succeeded: 0 }
  createInterface(child.stdout).on('line', (line) => {
    last = JSON.parse(line)
  })
  const exit = once(child, 'exit')
  const writer = {
    process: child,
    last: () => last,
    async end() {
      child.stdin.end()
      const [code] = await exit
      return code as number | null
    },
  }
  tests.closeLater({
    async close() {
      child.kill('SIGKILL')
      await exit
    },
  })
  return writer
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(20)
}

/** Waits until each has written this many more. */
async function progress(writers: readonly Writer[], rows: number): Promise<void> {
  const before = writers.map(({ last }) => last().succeeded)
  await until(() => writers.every(({ last }, n) => last().succeeded >= (before[n] ?? 0) + rows))
}

/** Waits until each has about this part of the sum of all their rates. */
async function partsOf(writers: readonly Writer[], limit: number, part: number): Promise<void> {
  await until(() =>
    writers.every(({ last }) => {
      const { pace = 0 } = last()
      return pace > 0.7 * part * limit && pace < 1.4 * part * limit
    }),
  )
}

describe('processes that write with one token', () => {
  const LIMIT = 90

  async function start(count: number) {
    const name = await tests.newState()
    const gateway = await startEmulator({
      faults: [{ kind: 'rate-limit', algorithm: 'bucket', perSecond: LIMIT, burst: 30 }],
      tables: [{ name: 'rows', columns: [{ name: 'n', type: 'int' }] }],
    })
    tests.closeLater(gateway)
    const address = tests.server.url(name)
    const writers = await Promise.all(
      Array.from({ length: count }, () => startWriter(address, gateway)),
    )
    return { name, gateway, address, writers: writers as [Writer, Writer, ...Writer[]] }
  }

  it('have equal shares; a new one too, and those of others when they end or die', async () => {
    const { address, gateway, writers } = await start(2)
    await partsOf(writers, LIMIT, 1 / 2)
    const third = await startWriter(address, gateway)
    await partsOf([...writers, third], LIMIT, 1 / 3)
    await progress([...writers, third], 20)
    third.process.kill('SIGKILL')
    await partsOf(writers, LIMIT, 1 / 2)
    expect(await writers[1].end()).toBe(0)
    await partsOf([writers[0]], LIMIT, 1)
    expect(await writers[0].end()).toBe(0)
  }, 60_000)

  it('continue alone when the database is gone, and end', async () => {
    const { name, writers } = await start(2)
    await partsOf(writers, LIMIT, 1 / 2)
    await tests.run(`alter database ${name} allow_connections false`)
    await tests.terminate(name)
    await progress(writers, 60)
    expect(await Promise.all(writers.map((writer) => writer.end()))).toEqual([0, 0])
  }, 60_000)
})
