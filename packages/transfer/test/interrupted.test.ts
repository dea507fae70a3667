/** Imports among equal rows that are interrupted at random moments: only rows that were sent are unknown. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ImportReport } from '../src/index.ts'
import { linesFrom, Setup } from './job-setup.ts'

let setup: Setup

beforeEach(async () => {
  setup = await Setup.start()
})

afterEach(() => setup[Symbol.asyncDispose]())

const TWIN = 'same,same,1'
/** Three rows of five are equal. */
const LINES = linesFrom(0, 300).map((line, n) => (n % 5 < 3 ? TWIN : line))

function expectTrue(report: ImportReport): void {
  const { read, ok, unchanged, rejected, unknown, unsent } = report
  expect(ok + unchanged + rejected + unknown + unsent).toBe(read)
  expect(unknown + ok, 'rows are unknown that were not sent').toBeLessThanOrEqual(setup.insertsSent)
}

function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state / 2 ** 31
  }
}

describe.each([1, 2, 3, 4, 5, 6])('interrupted at random moments (%i)', (seed) => {
  it('reports no row as unknown that was never sent', { timeout: 60_000 }, async () => {
    const random = randomOf(seed)
    setup.putOld([TWIN, TWIN])
    setup.emulator.faults.set([
      { kind: 'latency', when: 'before', ms: 15 },
      { kind: 'latency', when: 'after', ms: 15, actions: ['INSERT'] },
      ...(seed % 2 === 0 ? [{ kind: 'reset', when: 'after', rate: 0.1 } as const] : []),
    ])
    let report: ImportReport | undefined
    for (let run = 0; run < 3 && report?.finished !== true; run++) {
      const signal = new AbortController()
      const resumeMs = run === 0 ? 0 : 2_000
      const timer = sleep(resumeMs + random() * 600).then(async () => {
        // Before anything was written an import leaves no job.
        while (run === 0 && setup.insertsSent === 0) await sleep(5)
        signal.abort(new Error('end'))
      })
      const options = { signal: signal.signal }
      report =
        report === undefined
          ? await setup.import(LINES, { mode: 'insert' }, options)
          : await setup.resume(report.job, setup.store, options)
      await timer
      expectTrue(report)
    }
    setup.emulator.faults.clear()
    if (report?.finished === false) report = await setup.resume(report.job)
    expect(report).toMatchObject({ finished: true, unsent: 0, read: 300 })
    if (report !== undefined) expectTrue(report)
    const wrong = Math.abs(setup.emulator.tables.count('stores') - 302)
    expect(wrong).toBeLessThanOrEqual(report?.unknown ?? 0)
  })
})

it('a resumed import that is stopped before its rows reports them as unknown only where marked', async () => {
  setup.emulator.faults.set([{ kind: 'latency', when: 'after', ms: 30, actions: ['INSERT'] }])
  const first = new AbortController()
  const running = setup.import(LINES, { mode: 'insert' }, { signal: first.signal })
  while (setup.emulator.tables.count('stores') < 50) await sleep(2)
  const killed = setup.killed()
  first.abort(new Error('killed'))
  const { job } = await running
  const stopped = await setup.resume(job, killed, { stop: AbortSignal.abort() })
  const { read, ok, unknown, unsent } = stopped
  expect(read).toBe(300)
  expect(ok + unknown + unsent).toBe(300)
  // Only the marks were flushed, at least 128.
  expect(ok + unknown).toBeGreaterThanOrEqual(128)
  setup.emulator.faults.clear()
  const resumed = await setup.resume(job, killed)
  expect(resumed).toMatchObject({ ok: 300, unknown: 0, finished: true })
  expect(setup.lines).toEqual([...LINES].toSorted())
})
