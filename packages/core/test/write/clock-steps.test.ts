/**
 * Our own clock is set back and forth while rows are written, and between an attempt of one process
 * and the search of the next. Only `Date` is stepped: time that passes is measured by a clock that
 * cannot be set. The gateway keeps its own time throughout.
 */
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { GatewayMoment, Outcome } from '../../src/index.ts'
import {
  type FakeGateway,
  type Fate,
  FINE,
  LOST,
  startFakeGateway,
  WRITTEN,
} from './fake-gateway.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const STEPS = [MINUTE, HOUR, DAY, 365 * DAY].flatMap((ms) => [-ms, ms])

/** The gateway's clock is the machine's real one. */
const realNow = Date.now.bind(Date)
const machine = { realNow, toISOString: (ms: number) => new RealDate(ms).toISOString() }
const RealDate = Date

afterEach(() => vi.useRealTimers())

function stepTo(offsetMs: number): void {
  vi.useRealTimers()
  vi.useFakeTimers({ toFake: ['Date'], now: realNow() + offsetMs })
}

/** A gateway whose clocks do not follow ours. */
function start(fates: readonly Fate[]): Promise<FakeGateway> {
  return startFakeGateway({
    fates: { INSERT: fates },
    clock: machine.realNow,
    dated: (at) => machine.toISOString(at),
  })
}

describe.each(STEPS)('our clock is set %i ms off', (step) => {
  test.each([
    ['was written', WRITTEN],
    ['got lost', LOST],
  ] as const)('between an attempt and its search: a row that %s exists once', async (_, fate) => {
    await using gateway = await start([FINE, fate])
    await gateway.table.insert({ name: 'warm' })
    const twins = [gateway.put({ name: 'a' }, 10 * MINUTE), gateway.put({ name: 'a' }, 2 * DAY)]
    const write = gateway.table.insertMany([{ name: 'a' }], {})
    const report = write.report()
    stepTo(step)
    expect((await report).ok).toBe(1)
    const mine = gateway.records.filter(
      ({ id, values }) => values.name === 'a' && !twins.includes(id),
    )
    expect(mine).toHaveLength(1)
  })

  test('between two rows of one write: each exists once', async () => {
    const fates = [
      FINE,
      ...Array.from({ length: 40 }, (_, n) => [WRITTEN, LOST, FINE][n % 3] ?? FINE),
    ]
    await using gateway = await start(fates)
    await gateway.table.insert({ name: 'warm' })
    gateway.put({ name: 'row 3' }, DAY)
    gateway.put({ name: 'row 4' }, 30 * MINUTE)
    async function* rows() {
      for (let n = 0; n < 20; n++) {
        if (n % 4 === 2) stepTo(step * (n % 8 === 2 ? 1 : -1))
        yield { name: `row ${n}` }
      }
    }
    const report = await gateway.table.insertMany(rows(), { inFlight: 2 })
    expect(report).toMatchObject({ ok: 20, unknown: 0 })
    const counts = Map.groupBy(gateway.records, ({ values }) => values.name)
    for (let n = 0; n < 20; n++) {
      expect(counts.get(`row ${n}`)).toHaveLength(n === 3 || n === 4 ? 2 : 1)
    }
  })

  test.each([0, 1, 2])(
    'between a kill and the search, %i of two equal rows were written',
    async (count) => {
      await using gateway = await start([])
      const old = [gateway.put({ name: 'twin' }, DAY), gateway.put({ name: 'twin' }, 10 * MINUTE)]
      await gateway.client.tables.list()
      const moment: GatewayMoment | undefined = gateway.table.gatewayMoment()
      const written = Array.from({ length: count }, () => gateway.put({ name: 'twin' }))
      stepTo(step)
      const outcomes: Outcome[] = []
      const write = gateway.table.insertMany([{ name: 'twin' }, { name: 'twin' }], {
        earlier: {
          endedAt: performance.now() - 10_000,
          attempted: () => ({ moment }),
          takenOf: () => new Set<string>(),
          anonymous: () => undefined,
        },
      })
      for await (const outcome of write) outcomes.push(outcome)
      expect(outcomes.map(({ status }) => status)).toEqual(['ok', 'ok'])
      const ids = outcomes.map(({ id }) => id)
      expect(ids).toEqual(expect.arrayContaining(written))
      for (const id of old) expect(ids).not.toContain(id)
      expect(gateway.records).toHaveLength(4)
    },
  )
})

test('without any time of the gateway an equal record leaves the row unknown', async () => {
  await using gateway = await start([])
  gateway.put({ name: 'a' }, DAY)
  const write = gateway.table.insertMany([{ name: 'a' }, { name: 'b' }], {
    earlier: {
      endedAt: performance.now() - 10_000,
      attempted: () => ({ moment: undefined }),
      takenOf: () => new Set<string>(),
      anonymous: () => undefined,
    },
  })
  const statuses: string[] = []
  for await (const { index, status } of write) statuses[index] = status
  expect(statuses).toEqual(['unknown', 'ok'])
  expect(gateway.records).toHaveLength(2)
})

test('a table that was empty before needs no time', async () => {
  await using gateway = await start([])
  gateway.put({ name: 'a' }, DAY)
  const report = await gateway.table.insertMany([{ name: 'a' }], {
    earlier: {
      endedAt: performance.now() - 10_000,
      attempted: () => ({ moment: undefined }),
      takenOf: () => new Set<string>(),
      anonymous: () => undefined,
      wasEmpty: true,
    },
  })
  expect(report.ok).toBe(1)
  expect(gateway.records).toHaveLength(1)
})
