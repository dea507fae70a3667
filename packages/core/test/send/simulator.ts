/**
 * A gate, many senders and a gateway on simulated time: an hour takes a moment, and the figures are
 * the same on every machine.
 */
import {
  createGate,
  type Gate,
  type GateOptions,
  type GateState,
  type Pass,
} from '../../src/send/gate.ts'
import type { Wait } from '../../src/send/retry-after.ts'

/** Decides on a request as it arrives. */
export interface ServerModel {
  arrive(now: number, random: () => number): ServerAnswer
}

export interface ServerAnswer {
  readonly throttled: boolean
  readonly afterMs: number
  readonly asked?: Wait | undefined
  readonly failed?: boolean
}

export interface SimulationOptions {
  readonly server: ServerModel
  readonly seconds: number
  /** Of each client. */
  readonly senders?: number
  /** Each with a gate of its own. */
  readonly clients?: number
  readonly gate?: Partial<Pick<GateOptions, 'concurrency' | 'perSecond'>>
  readonly seed?: number
  /** Timers of a real process fire late by up to this. */
  readonly timerLatenessMs?: number
}

export interface Second {
  readonly accepted: number
  readonly failed: number
  readonly throttled: number
}

export interface Simulation {
  readonly seconds: readonly Second[]
  /** Per second, from one second (included) to another (excluded). */
  acceptedRate(from: number, to: number): number
  throttledShare(from: number, to: number): number
  /** Of the first client. */
  readonly finalState: GateState
  readonly latenciesMs: readonly number[]
}

export function simulate(options: SimulationOptions): Simulation {
  const { server, seconds: length, senders = 128, timerLatenessMs = 1 } = options
  const random = makeRandom(options.seed ?? 1)
  const events = createHeap()
  let now = 0
  const at = (time: number, run: () => void) => {
    const event = { time, run, off: false }
    events.push(event)
    return () => {
      event.off = true
    }
  }
  const makeGate = () =>
    createGate({
      concurrency: { max: 64 },
      ...options.gate,
      now: () => now,
      schedule: (callback, ms) =>
        at(now + Math.max(1, Math.ceil(ms)) + random() * timerLatenessMs, callback),
    })
  const gates = Array.from({ length: options.clients ?? 1 }, makeGate)
  const seconds = Array.from({ length }, () => ({ accepted: 0, failed: 0, throttled: 0 }))
  const latenciesMs: number[] = []

  function enter(gate: Gate, again: boolean): void {
    const pass = again ? undefined : gate.tryEnter()
    if (pass === undefined) gate.wait({ admit: (given) => go(gate, given) }, again)
    else go(gate, pass)
  }

  function go(gate: Gate, pass: Pass): void {
    const answer = server.arrive(now, random)
    at(now + answer.afterMs, () => {
      const second = seconds[Math.floor(now / 1000)]
      latenciesMs.push(answer.afterMs)
      if (answer.throttled) {
        if (second !== undefined) second.throttled += 1
        gate.leave(pass, 'throttled', answer.asked)
        enter(gate, true)
        return
      }
      const outcome = answer.failed === true ? 'failed' : 'accepted'
      if (second !== undefined) second[outcome] += 1
      gate.leave(pass, outcome)
      enter(gate, false)
    })
  }

  for (const gate of gates) {
    for (let sender = 0; sender < senders; sender++) at(0, () => enter(gate, false))
  }
  for (;;) {
    const event = events.pop()
    if (event === undefined || event.time >= length * 1000) break
    if (event.off) continue
    now = event.time
    event.run()
  }

  const sum = (key: keyof Second, from: number, to: number) =>
    seconds.slice(from, to).reduce((total, second) => total + second[key], 0)
  return {
    seconds,
    acceptedRate: (from, to) => sum('accepted', from, to) / (to - from),
    throttledShare: (from, to) =>
      sum('throttled', from, to) / (sum('throttled', from, to) + sum('accepted', from, to)),
    finalState: (gates[0] ?? makeGate()).state,
    latenciesMs,
  }
}

export type Headers = 'none' | 'seconds' | 'exact' | 'ambiguous'

function asked(headers: Headers, resetMs: number): Wait | undefined {
  switch (headers) {
    case 'none':
      return undefined
    case 'seconds': {
      const wait = Math.ceil(resetMs / 1000) * 1000
      return { atLeastMs: wait, atMostMs: wait }
    }
    case 'exact':
      return { atLeastMs: resetMs, atMostMs: resetMs }
    case 'ambiguous':
      return { atLeastMs: Math.ceil(resetMs / 1000), atMostMs: Math.ceil(resetMs / 1000) * 1000 }
  }
}

export interface LimitOptions {
  readonly perSecond: (now: number) => number
  readonly latencyMs: () => number
  readonly headers: Headers
}

/** `perSecond` in each window of a second; windows by the clock, shifted by `phaseMs`. */
export function fixedWindow(options: LimitOptions & { readonly phaseMs: number }): ServerModel {
  let window = Number.NaN
  let used = 0
  return {
    arrive(now) {
      const current = Math.floor((now + options.phaseMs) / 1000)
      if (current !== window) {
        window = current
        used = 0
      }
      used += 1
      const throttled = used > options.perSecond(now)
      const resetMs = 1000 - ((now + options.phaseMs) % 1000)
      return {
        throttled,
        afterMs: options.latencyMs(),
        asked: throttled ? asked(options.headers, resetMs) : undefined,
      }
    },
  }
}

/** No more than `perSecond` in any second. */
export function slidingWindow(options: LimitOptions): ServerModel {
  const times: number[] = []
  let first = 0
  return {
    arrive(now) {
      while (first < times.length && (times[first] ?? 0) <= now - 1000) first += 1
      const throttled = times.length - first >= options.perSecond(now)
      if (!throttled) times.push(now)
      const resetMs = (times[first] ?? now) + 1000 - now
      return {
        throttled,
        afterMs: options.latencyMs(),
        asked: throttled ? asked(options.headers, resetMs) : undefined,
      }
    },
  }
}

/** A bucket of `burst` that fills at `perSecond`. */
export function tokenBucket(options: LimitOptions & { readonly burst: number }): ServerModel {
  let level = options.burst
  let last = 0
  return {
    arrive(now) {
      const perSecond = options.perSecond(now)
      level = Math.min(options.burst, level + ((now - last) / 1000) * perSecond)
      last = now
      const throttled = level < 1
      if (!throttled) level -= 1
      const resetMs = ((1 - level) / perSecond) * 1000
      return {
        throttled,
        afterMs: options.latencyMs(),
        asked: throttled ? asked(options.headers, resetMs) : undefined,
      }
    },
  }
}

/** No limit, only latency. */
export function distant(latencyMs: (now: number) => number): ServerModel {
  return { arrive: (now) => ({ throttled: false, afterMs: latencyMs(now) }) }
}

/** A server behind something that refuses this part of all requests, whatever their pace. */
export function straying(server: ServerModel, share: number, seed: number): ServerModel {
  const random = makeRandom(seed)
  return {
    arrive: (now, other) =>
      random() < share ? { throttled: true, afterMs: 5 } : server.arrive(now, other),
  }
}

/** `workers` at a time, `serviceMs` each; the others wait in line. */
export function busy(workers: number, serviceMs: number): ServerModel {
  const freeAt = new Array<number>(workers).fill(0)
  return {
    arrive(now) {
      const soonest = freeAt.indexOf(Math.min(...freeAt))
      const end = Math.max(now, freeAt[soonest] ?? 0) + serviceMs
      freeAt[soonest] = end
      return { throttled: false, afterMs: end - now }
    },
  }
}

export function makeRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Event {
  readonly time: number
  readonly run: () => void
  off: boolean
}

/** A binary heap; of equal times, the one that was pushed first comes first. */
function createHeap(): { push(event: Event): void; pop(): Event | undefined } {
  const heap: { event: Event; order: number }[] = []
  let pushed = 0
  const comesFirst = (a: number, b: number) => {
    const [x, y] = [heap[a], heap[b]]
    if (x === undefined || y === undefined) return x !== undefined
    return x.event.time === y.event.time ? x.order < y.order : x.event.time < y.event.time
  }
  const swap = (a: number, b: number) => {
    const [x, y] = [heap[a], heap[b]]
    if (x === undefined || y === undefined) return
    heap[a] = y
    heap[b] = x
  }
  return {
    push(event) {
      heap.push({ event, order: pushed })
      pushed += 1
      let at = heap.length - 1
      while (at > 0) {
        const parent = (at - 1) >> 1
        if (!comesFirst(at, parent)) break
        swap(at, parent)
        at = parent
      }
    },
    pop() {
      const top = heap[0]
      const last = heap.pop()
      if (top === undefined || last === undefined) return undefined
      if (heap.length > 0) {
        heap[0] = last
        let at = 0
        for (;;) {
          const left = 2 * at + 1
          const child = left + 1 < heap.length && comesFirst(left + 1, left) ? left + 1 : left
          if (child >= heap.length || !comesFirst(child, at)) break
          swap(at, child)
          at = child
        }
      }
      return top.event
    },
  }
}
