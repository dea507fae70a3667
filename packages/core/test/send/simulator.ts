/**
 * A gate, many senders and a gateway on simulated time: an hour takes a moment, and the figures are
 * the same on every machine.
 */
import { Gate, type GateOptions, type GateState, type Pass } from '../../src/send/gate.ts'
import { SHARED_INITIAL } from '../../src/send/pace-member.ts'
import { makeRandom } from '../random.ts'
import type { ServerModel } from './server-models.ts'
import { type SimulatedSharing, simulateSharing } from './simulated-sharing.ts'

export interface SimulationOptions {
  readonly server: ServerModel
  readonly seconds: number
  /** The number of senders of each client. */
  readonly senders?: number
  /** The number of clients, each with its own gate, or what each does. */
  readonly clients?: number | readonly SimulatedClient[]
  /** How the clients divide the limit; each is alone without it. */
  readonly sharing?: SimulatedSharing | undefined
  readonly gate?: Partial<Pick<GateOptions, 'concurrency' | 'perSecond' | 'keepShortPauses'>>
  /** Another gate to simulate. */
  readonly Gate?: typeof Gate | undefined
  readonly seed?: number
  /** Timers of a real process fire late by up to this. */
  readonly timerLatenessMs?: number
}

/** One that ends has not left: the others have to notice. */
export interface SimulatedClient {
  readonly fromMs?: number
  readonly untilMs?: number
  readonly senders?: number
  /** A rate set by hand. */
  readonly perSecond?: number
  /** Each sender waits this long between two requests. */
  readonly thinkMs?: number
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
  /** Requests of each client that were accepted in each second. */
  readonly byClient: readonly (readonly number[])[]
  /** The state of the first client's gate. */
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
  const makeGate = (perSecond?: number) =>
    new (options.Gate ?? Gate)({
      concurrency: { max: 64, initial: options.sharing && SHARED_INITIAL },
      ...(perSecond === undefined ? {} : { perSecond }),
      ...options.gate,
      now: () => now,
      schedule: (callback, ms) =>
        at(now + Math.max(1, Math.ceil(ms)) + random() * timerLatenessMs, callback),
    })
  const { clients: given = 1 } = options
  const clients: readonly SimulatedClient[] =
    typeof given === 'number' ? Array.from({ length: given }, () => ({})) : given
  const gates = clients.map(({ perSecond }) => makeGate(perSecond))
  const seconds = Array.from({ length }, () => ({ accepted: 0, failed: 0, throttled: 0 }))
  const byClient = clients.map(() => new Array<number>(length).fill(0))
  const latenciesMs: number[] = []

  function enter(number: number, again: boolean): void {
    const gate = gates[number] as Gate
    if (now >= (clients[number]?.untilMs ?? Number.POSITIVE_INFINITY)) return
    const pass = again ? undefined : gate.tryEnter()
    if (pass === undefined) gate.wait({ admit: (given) => go(number, given) }, again)
    else go(number, pass)
  }

  function go(number: number, pass: Pass): void {
    const gate = gates[number] as Gate
    const { untilMs = Number.POSITIVE_INFINITY, thinkMs = 0 } = clients[number] ?? {}
    if (now >= untilMs) return
    const answer = server.arrive(now, random)
    at(now + answer.afterMs, () => {
      const index = Math.floor(now / 1000)
      const second = seconds[index]
      latenciesMs.push(answer.afterMs)
      if (answer.throttled) {
        if (second !== undefined) second.throttled += 1
        gate.leave(pass, 'throttled', answer.retryAfter, answer.allowances)
        enter(number, true)
        return
      }
      const outcome = answer.failed === true ? 'failed' : 'accepted'
      if (second !== undefined) second[outcome] += 1
      const own = byClient[number]
      if (outcome === 'accepted' && own !== undefined) own[index] = (own[index] ?? 0) + 1
      gate.leave(pass, outcome, answer.retryAfter, answer.allowances)
      if (thinkMs === 0) enter(number, false)
      else at(now + thinkMs * (0.5 + random()), () => enter(number, false))
    })
  }

  for (const [number, { fromMs = 0, senders: own = senders }] of clients.entries()) {
    for (let sender = 0; sender < own; sender++) at(fromMs, () => enter(number, false))
  }
  if (options.sharing !== undefined) {
    const sharers = clients.map((client, index) => ({ ...client, gate: gates[index] as Gate }))
    simulateSharing(sharers, options.sharing, { now: () => now, at, random })
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
    byClient,
    finalState: (gates[0] ?? makeGate()).state,
    latenciesMs,
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
