/**
 * Inserts under every schedule of a gateway that carries requests out late, and of a client that is
 * held up. Time is simulated: the gateway, the timers and the responses follow one list of events.
 */
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'
import { Dialect, type Table, type TableAction } from '@chatlayer-tables/contract'
import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import {
  ConnectionError,
  GatewayError,
  type Outcome,
  TimeoutError,
  type Values,
} from '../../src/index.ts'
import type { Sender, SendOptions } from '../../src/send/sender.ts'
import { createGatewayClock } from '../../src/write/clock.ts'
import { insertRow } from '../../src/write/insert.ts'
import { createInsertLedger } from '../../src/write/ledger.ts'
import type { WriteContext } from '../../src/write/write-context.ts'

// Replaced in Node's module itself: test files share modules, which may have imported it already.
const { setTimeout: realSleep } = timers
afterEach(() => {
  vi.restoreAllMocks()
  replaceSleep(realSleep)
})

function replaceSleep(sleep: (ms: number) => Promise<unknown>): void {
  timers.setTimeout = sleep as typeof realSleep
  syncBuiltinESMExports()
}

/** How a request that fails ends, and how long after that it may still take effect. */
const ENDS = {
  timeout: { lateMs: 2_500, error: () => new TimeoutError('timeout', { executed: 'maybe' }) },
  reset: { lateMs: 750, error: () => new ConnectionError('reset', { executed: 'maybe' }) },
  503: {
    lateMs: 250,
    error: () => new GatewayError('failed', { status: 503, executed: 'maybe' }),
  },
  504: {
    lateMs: 2_500,
    error: () => new GatewayError('gave up', { status: 504, executed: 'maybe' }),
  },
} as const
type End = keyof typeof ENDS

interface Fate {
  readonly end: 'ok' | End
  /** Until the response or the error, in milliseconds. */
  readonly afterMs: number
  /**
   * When it takes effect, in milliseconds after it ended: before that where negative, never where
   * undefined.
   */
  readonly effectMs: number | undefined
  /** Waits in the queue of new connections: it is read before the next request in that queue. */
  readonly isUnread: boolean
}

interface Schedule {
  readonly inserts: readonly Fate[]
  /** How long searches take to the gateway and back, in turn. */
  readonly searches: readonly (readonly [number, number])[]
  /** When the client is held up, and for how long. */
  readonly stalls: readonly (readonly [number, number])[]
  readonly rows: number
}

interface Result {
  readonly outcomes: readonly Outcome[]
  /** Records at the end of time. */
  readonly records: number
  /**
   * Records at the end of the time in which a double is seen: after the last insert has ended, as long
   * as the last one that failed may take effect.
   */
  readonly seen: number
}

type Side = 'client' | 'gateway'

class Simulation {
  now = 0
  readonly #stalls: Schedule['stalls']
  #events: { readonly at: number; readonly side: Side; readonly run: () => void }[] = []

  constructor(stalls: Schedule['stalls']) {
    this.#stalls = stalls
  }

  after(ms: number, side: Side, run: () => void): void {
    this.#events.push({ at: this.now + ms, side, run })
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, 'client', resolve)
    })
  }

  /** Runs the next event; false when there is none. */
  async step(): Promise<boolean> {
    await new Promise((resolve) => setImmediate(resolve))
    const [next] = this.#events.toSorted((a, b) => a.at - b.at)
    if (next === undefined) return false
    this.#events.splice(this.#events.indexOf(next), 1)
    const { at, side, run } = next
    const stall = this.#stalls.find(([from, ms]) => at >= from && at < from + ms)
    if (side === 'client' && stall !== undefined) {
      this.#events.push({ at: stall[0] + stall[1], side, run })
      return true
    }
    this.now = Math.max(this.now, at)
    run()
    return true
  }
}

const TABLE: Table = {
  id: 'table',
  botId: 'bot',
  name: 't',
  description: '',
  columns: [{ name: 'name', type: 'text' }],
}
const BEGIN = Date.UTC(2030, 0, 1)

class SimulatedGateway {
  readonly records: { id: string; createdAt: string; updatedAt: string; values: Values }[] = []
  readonly #simulation: Simulation
  readonly #schedule: Schedule
  readonly #noteDate: (date: number) => void
  /** When the last insert ended, and how late the last one that failed may take effect. */
  lastEnd = 0
  lateMs = 0
  /** What is read before the next new connection. */
  #queue: (() => void)[] = []
  #inserts = 0
  #searches = 0

  constructor(simulation: Simulation, schedule: Schedule, noteDate: (date: number) => void) {
    this.#simulation = simulation
    this.#schedule = schedule
    this.#noteDate = noteDate
  }

  async send(action: TableAction, { onSend, newConnection }: SendOptions): Promise<unknown> {
    onSend?.()
    const body = action.type === 'INSERT' ? await this.#insert() : await this.#search(newConnection)
    this.#noteDate(Math.floor((BEGIN + this.#simulation.now) / 1_000) * 1_000)
    return body
  }

  #add(): { id: string } {
    const at = new Date(BEGIN + this.#simulation.now).toISOString()
    const id = `r${this.records.length}`
    const record = { id, createdAt: at, updatedAt: at, values: { name: 'a' } }
    this.records.push(record)
    return record
  }

  #insert(): Promise<unknown> {
    const { inserts } = this.#schedule
    const fate = inserts[this.#inserts++] ?? { end: 'ok', afterMs: 20, effectMs: -10 }
    const { end, afterMs, effectMs } = fate
    return new Promise((resolve, reject) => {
      if (end === 'ok') {
        this.#simulation.after(afterMs / 2, 'gateway', () => {
          const page = pageOf([this.#add()])
          this.#simulation.after(afterMs / 2, 'client', () => {
            this.lastEnd = this.#simulation.now
            resolve(page)
          })
        })
        return
      }
      let isCarriedOut = false
      const carryOut = () => {
        if (!isCarriedOut) this.#add()
        isCarriedOut = true
      }
      if (fate.isUnread) this.#queue.push(carryOut)
      else if (effectMs !== undefined && effectMs < 0) {
        this.#simulation.after(Math.max(0, afterMs + effectMs), 'gateway', carryOut)
      }
      this.#simulation.after(afterMs, 'client', () => {
        this.lastEnd = this.#simulation.now
        this.lateMs = ENDS[end].lateMs
        if (effectMs !== undefined && (effectMs >= 0 || fate.isUnread)) {
          this.#simulation.after(Math.abs(effectMs), 'gateway', carryOut)
        }
        reject(ENDS[end].error())
      })
    })
  }

  #search(newConnection = false): Promise<unknown> {
    const { searches } = this.#schedule
    const [there, back] = searches[this.#searches++ % searches.length] ?? [1, 1]
    return new Promise((resolve) => {
      this.#simulation.after(there, 'gateway', () => {
        if (newConnection) {
          for (const carryOut of this.#queue) carryOut()
          this.#queue = []
        }
        const page = pageOf([...this.records])
        this.#simulation.after(back, 'client', () => resolve(page))
      })
    })
  }
}

function pageOf(data: readonly unknown[]): unknown {
  return { data, meta: { total: data.length, limit: 100, offset: 0 } }
}

async function run(schedule: Schedule): Promise<Result> {
  const simulation = new Simulation(schedule.stalls)
  vi.spyOn(performance, 'now').mockImplementation(() => simulation.now)
  replaceSleep((ms) => simulation.sleep(ms))
  const clock = createGatewayClock()
  clock.noteDate(BEGIN)
  const gateway = new SimulatedGateway(simulation, schedule, clock.noteDate)
  const sender = {
    async send(_: string, input: { body: TableAction }, options: SendOptions) {
      return { body: await gateway.send(input.body, options), attempts: 1 }
    },
  }
  const context: WriteContext = {
    sender: sender as unknown as Sender,
    table: TABLE.name,
    version: 'DRAFT',
    dialect: () => Dialect.parse({}),
    definition: () => Promise.resolve(TABLE),
    clock,
    ledger: createInsertLedger(),
    idFilters: new Map(),
    changes: { areShown: false },
    altered: new Map(),
    listener: undefined,
    maxSends: 5,
  }
  let outcomes: readonly Outcome[] | undefined
  const inserts = Array.from({ length: schedule.rows }, (_, index) =>
    insertRow(context, TABLE, { name: 'a' }, { index, row: { name: 'a' } }, {}),
  )
  const all = Promise.all(inserts).then((ended) => {
    outcomes = ended
  })
  while (await simulation.step());
  await all
  const { records, lastEnd, lateMs } = gateway
  const until = BEGIN + lastEnd + lateMs
  const seen = records.filter(({ createdAt }) => Date.parse(createdAt) < until)
  return { outcomes: outcomes ?? [], records: records.length, seen: seen.length }
}

const anEnd = fc.constantFrom<End>('timeout', 'reset', 503, 504)

/** @param beyondMs how much later than is assumed a request may take effect that was read */
function fates(beyondMs: number): fc.Arbitrary<Fate> {
  const failing = fc.tuple(anEnd, fc.boolean()).chain(([end, unread]) => {
    const isUnread = unread && end === 'timeout'
    const lateMs = isUnread ? 60_000 : ENDS[end].lateMs - 1 + beyondMs
    return fc.record({
      end: fc.constant(end),
      afterMs: fc.integer({ min: 2, max: 1_000 }),
      effectMs: fc.option(fc.integer({ min: isUnread ? 0 : -900, max: lateMs }), {
        nil: undefined,
      }),
      isUnread: fc.constant(isUnread),
    })
  })
  const fine = fc.constant<Fate>({ end: 'ok', afterMs: 20, effectMs: -10, isUnread: false })
  return fc.oneof({ weight: 3, arbitrary: failing }, { weight: 1, arbitrary: fine })
}

function schedules(beyondMs: number, rows: fc.Arbitrary<number>): fc.Arbitrary<Schedule> {
  const tripMs = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 3_000 }))
  return fc.record({
    inserts: fc.array(fates(beyondMs), { maxLength: 6 }),
    searches: fc.array(fc.tuple(tripMs, tripMs), { minLength: 1, maxLength: 4 }),
    stalls: fc.array(
      fc.tuple(fc.integer({ min: 0, max: 6_000 }), fc.integer({ min: 1, max: 5_000 })),
      { maxLength: 3 },
    ),
    rows,
  })
}

test('a row that is ok exists once, a rejected one never: in the time that is assumed', async () => {
  await fc.assert(
    fc.asyncProperty(schedules(0, fc.constant(1)), async (schedule) => {
      const { outcomes, records } = await run(schedule)
      const [outcome] = outcomes
      if (outcome?.status === 'ok') expect(records).toBe(1)
      else if (outcome?.status === 'rejected') expect(records).toBe(0)
      else expect(outcome?.status === 'unknown' && outcome.tried.length).toBeGreaterThan(1)
    }),
    { numRuns: 400 },
  )
})

test('however late: a row that is ok exists once if it was sent once, and if its double was to be seen', async () => {
  await fc.assert(
    fc.asyncProperty(schedules(60_000, fc.constant(1)), async (schedule) => {
      const { outcomes, records, seen } = await run(schedule)
      const [outcome] = outcomes
      if (outcome?.status !== 'ok') return
      expect(seen).toBeLessThanOrEqual(1)
      if (outcome.sends === undefined) expect(records).toBe(1)
      else {
        expect(records).toBeGreaterThanOrEqual(1)
        expect(records).toBeLessThanOrEqual(outcome.sends)
      }
    }),
    { numRuns: 400 },
  )
})

test('equal rows that are all ok are as many as their records', async () => {
  await fc.assert(
    fc.asyncProperty(schedules(0, fc.integer({ min: 2, max: 4 })), async (schedule) => {
      const { outcomes, records } = await run(schedule)
      const count = (status: Outcome['status']) =>
        outcomes.filter((outcome) => outcome.status === status).length
      expect(records).toBeGreaterThanOrEqual(count('ok'))
      if (count('unknown') === 0) expect(records).toBe(count('ok'))
    }),
    { numRuns: 300 },
  )
})
