/** Jobs whose process is gone, in every state that a kill can leave. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { linesFrom, Setup } from './job-setup.ts'

let setup: Setup

beforeEach(async () => {
  setup = await Setup.start()
})

afterEach(async () => {
  vi.useRealTimers()
  await setup[Symbol.asyncDispose]()
})

/** Waits until the table holds this many records. */
async function until(records: number): Promise<void> {
  while (setup.emulator.tables.count('stores') < records) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** An import under way, and its job as a kill leaves it: no request goes out after the copy is made. */
async function killAt(records: number, lines: readonly string[]) {
  const signal = new AbortController()
  const running = setup.import(lines, { mode: 'insert' }, { signal: signal.signal })
  await until(records)
  const store = setup.killed()
  signal.abort(new Error('killed'))
  const { job } = await running
  return { store, job }
}

describe('an insert', () => {
  it.each([
    ['before it was committed', 'before'],
    ['after it was committed', 'after'],
  ] as const)('that was under way, cut off %s, is settled by looking', async (_, when) => {
    const lines = [...linesFrom(0, 300), ...linesFrom(0, 300)]
    setup.emulator.faults.set([{ kind: 'latency', when, ms: 30, actions: ['INSERT'] }])
    const { store, job } = await killAt(100, lines)
    setup.emulator.faults.clear()
    const report = await setup.resume(job, store)
    expect(report).toMatchObject({ read: 600, ok: 600, unknown: 0, unsent: 0, finished: true })
    expect(setup.lines).toEqual(lines.toSorted())
  })

  it('of equal rows throughout leaves as many as the file has', async () => {
    const lines = Array.from({ length: 200 }, () => 'same,same,1')
    setup.emulator.faults.set([{ kind: 'latency', when: 'after', ms: 20, actions: ['INSERT'] }])
    const { store, job } = await killAt(60, lines)
    expect(await setup.resume(job, store)).toMatchObject({ ok: 200, finished: true })
    expect(setup.lines).toEqual(lines)
  })

  it('whose responses have no ids leaves as many as the file has', async () => {
    setup.emulator.setDialect({ insertAnswer: 'none' })
    const lines = [...linesFrom(0, 100), ...Array.from({ length: 100 }, () => 'same,same,1')]
    setup.emulator.faults.set([{ kind: 'latency', when: 'after', ms: 20, actions: ['INSERT'] }])
    const { store, job } = await killAt(150, lines)
    expect(await setup.resume(job, store)).toMatchObject({ ok: 200, finished: true })
    expect(setup.lines).toEqual(lines.toSorted())
  })

  it('is looked for again after a second kill', { timeout: 60_000 }, async () => {
    const lines = [...linesFrom(0, 200), ...linesFrom(0, 50)]
    setup.emulator.faults.set([{ kind: 'latency', when: 'after', ms: 30, actions: ['INSERT'] }])
    const { store, job } = await killAt(80, lines)
    const signal = new AbortController()
    const second = setup.resume(job, store, { signal: signal.signal })
    await until(setup.emulator.tables.count('stores') + 20)
    const again = setup.killed(store)
    signal.abort(new Error('killed again'))
    await second
    setup.emulator.faults.clear()
    expect(await setup.resume(job, again)).toMatchObject({ read: 250, ok: 250, finished: true })
    expect(setup.lines).toEqual(lines.toSorted())
  })
})

it('an import killed before its first row is resumed from the beginning', async () => {
  const lines = linesFrom(0, 10)
  const stop = new AbortController()
  const onStart = (): void => stop.abort()
  const stopped = await setup.import(lines, { mode: 'insert' }, { stop: stop.signal, onStart })
  expect(stopped).toMatchObject({ read: 10, ok: 0, unsent: 10, finished: false })
  const store = setup.killed()
  expect(await setup.resume(stopped.job, store)).toMatchObject({ ok: 10, finished: true })
})

it('rejected rows of a killed import are in the file of the whole job', async () => {
  const lines = [...linesFrom(0, 50), 'bad,bad,x', ...linesFrom(50, 200)]
  setup.emulator.faults.set([{ kind: 'latency', ms: 20, actions: ['INSERT'] }])
  const { store, job } = await killAt(100, lines)
  setup.emulator.faults.clear()
  const report = await setup.resume(job, store)
  expect(report).toMatchObject({ read: 251, ok: 250, rejected: 1, finished: true })
  expect(await setup.beside('stores.rejected.csv')).toBe('code,name,size\nbad,bad,x\n')
})

const DAY = 86_400_000

describe.each([-365, -1, 1, 365])('where the clock is set by %i days after a kill', (days) => {
  it.each([
    ['before it was committed', 'before'],
    ['after it was committed', 'after'],
  ] as const)('an insert cut off %s is neither lost nor doubled', async (_, when) => {
    const old = linesFrom(0, 50)
    setup.putOld(old)
    const lines = [...linesFrom(0, 150), ...linesFrom(0, 20)]
    setup.emulator.faults.set([{ kind: 'latency', when, ms: 30, actions: ['INSERT'] }])
    const { store, job } = await killAt(100, lines)
    setup.emulator.faults.clear()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + days * DAY })
    const report = await setup.resume(job, store)
    expect(report).toMatchObject({ read: 170, ok: 170, unknown: 0, finished: true })
    expect(report.tableCount).toMatchObject({ before: 50, after: 220, fits: true })
    expect(setup.lines).toEqual([...old, ...lines].toSorted())
  })
})
