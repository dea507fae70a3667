import { describe, expect, test } from 'vitest'
import { Gate, type GateOptions, type Pass } from './gate.ts'

/** A gate on a manual clock. */
function manualGate(options: Partial<GateOptions> = {}) {
  let now = 1000
  const timers = new Set<{ at: number; callback: () => void }>()
  const gate = new Gate({
    concurrency: { max: 4, initial: 4 },
    now: () => now,
    schedule(callback, ms) {
      const timer = { at: now + ms, callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    ...options,
  })
  const passes: { name: string; pass: Pass; at: number }[] = []
  return {
    gate,
    passes,
    names: () => passes.map(({ name }) => name),
    timers,
    /** Enters at once, or when it is its turn. */
    enter(name: string, again = false) {
      const pass = again ? undefined : gate.tryEnter()
      if (pass !== undefined) {
        passes.push({ name, pass, at: now })
        return undefined
      }
      const waiter = { admit: (given: Pass) => passes.push({ name, pass: given, at: now }) }
      gate.wait(waiter, again)
      return waiter
    },
    leave(
      name: string,
      ...rest: [Parameters<typeof gate.leave>[1], { atLeastMs: number; atMostMs: number }?]
    ) {
      const found = passes.find((entry) => entry.name === name)
      if (found === undefined) throw new Error(`${name} has not entered`)
      gate.leave(found.pass, ...rest)
    },
    /** Earlier traffic, so that the pace after a refusal holds no request back. */
    traffic() {
      for (let n = 0; n < 1000; n++) {
        const pass = gate.tryEnter()
        if (pass !== undefined) gate.leave(pass, 'accepted')
      }
    },
    pass(ms: number) {
      const until = now + ms
      for (;;) {
        const next = [...timers].sort((a, b) => a.at - b.at)[0]
        if (next === undefined || next.at > until) break
        now = Math.max(now, next.at)
        timers.delete(next)
        next.callback()
      }
      now = until
    },
  }
}

const exactly = (ms: number) => ({ atLeastMs: ms, atMostMs: ms })

describe('the number in flight', () => {
  test('admits as many as the limit allows, the others in order as places become free', () => {
    const { gate, enter, leave, names } = manualGate()
    for (const name of 'abcdefg') enter(name)
    expect(names()).toEqual(['a', 'b', 'c', 'd'])
    expect(gate.state).toMatchObject({ inFlight: 4, queued: 3, limit: 4 })
    leave('b', 'accepted')
    leave('a', 'accepted')
    expect(names()).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    expect(gate.state).toMatchObject({ inFlight: 4, queued: 1 })
  })

  test('no attempt overtakes those that wait', () => {
    const { enter, leave, names } = manualGate({ concurrency: { max: 1, initial: 1 } })
    enter('a')
    enter('b')
    leave('a', 'accepted')
    enter('c')
    expect(names()).toEqual(['a', 'b'])
  })

  test('an attempt that leaves the queue leaves no trace', () => {
    const { gate, enter, leave, names, timers } = manualGate({
      concurrency: { max: 1, initial: 1 },
    })
    enter('a')
    const b = enter('b')
    enter('c')
    if (b !== undefined) gate.forget(b)
    leave('a', 'withdrawn')
    leave('c', 'accepted')
    expect(names()).toEqual(['a', 'c'])
    expect(gate.state).toMatchObject({ inFlight: 0, queued: 0 })
    expect(timers.size).toBe(0)
  })
})

describe('a 429', () => {
  test('holds all attempts back as long as asked, then admits one alone', () => {
    const { gate, enter, leave, names, pass } = manualGate()
    enter('a')
    enter('b')
    leave('a', 'throttled', exactly(3000))
    enter('a again', true)
    enter('c')
    expect(gate.pauseLeftMs()).toBe(3000)
    pass(2999)
    expect(names()).toEqual(['a', 'b'])
    pass(1)
    expect(names()).toEqual(['a', 'b', 'a again'])
    pass(100)
    expect(names()).toEqual(['a', 'b', 'a again'])
    leave('a again', 'accepted')
    expect(names()).toEqual(['a', 'b', 'a again', 'c'])
    expect(gate.pauseLeftMs()).toBe(0)
    expect(gate.state.pausedMs).toBe(3000)
  })

  test('without Retry-After: single requests probe, in growing gaps', () => {
    const { gate, enter, leave, pass, traffic } = manualGate()
    traffic()
    enter('0')
    const gaps: number[] = []
    for (let n = 0; n < 10; n++) {
      leave(String(n), 'throttled')
      gaps.push(Math.round(gate.pauseLeftMs()))
      pass(gate.pauseLeftMs())
      enter(String(n + 1))
    }
    // Two in a row may be sporadic.
    expect(gaps.slice(0, 6)).toEqual([0, 0, 25, 38, 56, 84])
    expect(gaps.every((gap) => gap <= 1000)).toBe(true)
  })

  test('a short pause is probed before it ends, by one request alone', () => {
    const { gate, enter, leave, names, pass } = manualGate()
    for (const name of 'ab') enter(name)
    leave('a', 'accepted')
    leave('b', 'throttled', exactly(1000))
    for (const name of 'cde') enter(name)
    expect(gate.pauseLeftMs()).toBe(25)
    pass(25)
    expect(names()).toEqual(['a', 'b', 'c'])
    pass(400)
    expect(names()).toEqual(['a', 'b', 'c'])
    leave('c', 'throttled', exactly(1000))
    expect(gate.pauseLeftMs()).toBeCloseTo(37.5)
  })

  test('a short pause is kept to its end with keepShortPauses', () => {
    const { gate, enter, leave } = manualGate({ keepShortPauses: true })
    enter('a')
    leave('a', 'throttled', exactly(1000))
    expect(gate.pauseLeftMs()).toBe(1000)
  })

  test('a failure that asks for a long pause holds all attempts back too', () => {
    const { gate, enter, leave, names, pass } = manualGate()
    enter('a')
    leave('a', 'failed', exactly(3000))
    for (const name of 'bc') enter(name)
    expect(gate.pauseLeftMs()).toBe(3000)
    pass(3000)
    expect(names()).toEqual(['a', 'b'])
    leave('b', 'accepted')
    expect(names()).toEqual(['a', 'b', 'c'])
  })

  test('a pause lasts a minute at most', () => {
    const { gate, enter, leave } = manualGate()
    enter('a')
    leave('a', 'throttled', exactly(3_600_000))
    expect(gate.pauseLeftMs()).toBe(60_000)
  })

  test('of a request sent before the pause may prolong it, but does not change the pace', () => {
    const { gate, enter, leave, pass } = manualGate()
    for (const name of 'abcd') enter(name)
    leave('a', 'throttled', exactly(2500))
    const { pace } = gate.state
    pass(100)
    leave('b', 'throttled', exactly(2500))
    leave('c', 'throttled')
    expect(gate.pauseLeftMs()).toBe(2500)
    expect(gate.state.pace).toBe(pace)
    pass(2500)
    enter('e')
    leave('e', 'accepted')
    leave('d', 'throttled')
    expect(gate.pauseLeftMs()).toBe(0)
    expect(gate.state.pausedMs).toBe(2600)
  })

  test('the single attempt does not hold the others back forever', () => {
    const { enter, leave, names, pass, traffic } = manualGate()
    traffic()
    enter('a')
    leave('a', 'throttled', exactly(2500))
    for (const name of 'bc') enter(name)
    pass(2500)
    expect(names()).toEqual(['a', 'b'])
    pass(499)
    expect(names()).toEqual(['a', 'b'])
    pass(1)
    expect(names()).toEqual(['a', 'b', 'c'])
  })
})

test('a rate set by hand is kept from the start', () => {
  const { gate, enter, pass, passes } = manualGate({
    concurrency: { max: 100, initial: 100 },
    perSecond: 10,
  })
  for (let n = 0; n < 50; n++) enter(String(n))
  pass(3000)
  expect(gate.state.pace).toBe(10)
  expect(passes.length).toBeGreaterThanOrEqual(30)
  expect(passes.length).toBeLessThanOrEqual(32)
})
