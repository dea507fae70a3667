/** Clients that divide a rate limit in the simulation, and what they reach. */
import {
  around,
  fixedWindow,
  type ServerModel,
  slidingWindow,
  throttler,
  tokenBucket,
} from './server-models.ts'
import { type SimulatedClient, type Simulation, simulate } from './simulator.ts'

export interface SharedCase {
  readonly name: string
  readonly perSecond: number
  readonly server: (seed: number) => ServerModel
}

export interface SharedFigures {
  /** Parts of what the limit allows: in the whole run, and from the third second on. */
  readonly all: number
  readonly late: number
  /** The part of all responses that were refusals. */
  readonly refused: number
  /** Jain's index: 1 where all clients got the same, 1/n where one got everything. */
  readonly fairness: number
}

const SECONDS = 20
const LATE = 3
/** Clients begin within this time, and their timers are late by up to that. */
const BEGIN_MS = 300
const TIMERS_MS = 8

export function sharedCases(): SharedCase[] {
  const bucket = (perSecond: number, burst: number, headers: 'seconds' | 'none'): SharedCase => ({
    name: `bucket ${perSecond}/s, burst ${burst}, ${headers}`,
    perSecond,
    server: (seed) =>
      tokenBucket({
        perSecond: () => perSecond,
        burst,
        headers,
        latencyMs: around(20, seed),
        quick: true,
      }),
  })
  const window = (kind: 'fixed' | 'sliding'): SharedCase => ({
    name: `${kind} window of 300/s, none`,
    perSecond: 300,
    server(seed) {
      const options = {
        perSecond: () => 300,
        headers: 'none',
        latencyMs: around(20, seed),
        quick: true,
      } as const
      return kind === 'fixed' ? fixedWindow({ ...options, phaseMs: 370 }) : slidingWindow(options)
    },
  })
  const throttled = (limit: number, headers: 'all' | 'none'): SharedCase => ({
    name: `throttler ${limit} per 1 s, ${headers}`,
    perSecond: limit,
    server: (seed) =>
      throttler([{ limit, windowMs: 1000 }], { headers, latencyMs: around(20, seed), quick: true }),
  })
  return [
    bucket(300, 60, 'seconds'),
    bucket(300, 60, 'none'),
    bucket(50, 50, 'seconds'),
    window('fixed'),
    window('sliding'),
    throttled(300, 'all'),
    throttled(300, 'none'),
    throttled(50, 'all'),
  ]
}

export function measureShared(
  { server, perSecond }: SharedCase,
  count: number,
  seed: number,
  isShared = true,
): SharedFigures {
  const clients = Array.from({ length: count }, (_, index) => ({
    fromMs: (BEGIN_MS * ((index * 7919 + seed * 104_729) % 97)) / 97,
  }))
  const run = simulate({
    server: server(seed),
    seconds: SECONDS,
    clients,
    sharing: isShared ? { latencyMs: 10 } : undefined,
    timerLatenessMs: TIMERS_MS,
    seed,
  })
  return {
    all: run.acceptedRate(0, SECONDS) / perSecond,
    late: run.acceptedRate(LATE, SECONDS) / perSecond,
    refused: run.throttledShare(0, SECONDS),
    fairness: fairnessOf(run, 0, SECONDS),
  }
}

/** Jain's index of some clients (default: all) over some seconds. */
export function fairnessOf(
  run: Simulation,
  from: number,
  to: number,
  clients: readonly number[] = run.byClient.map((_, index) => index),
): number {
  const shares = clients.map((index) =>
    (run.byClient[index] ?? []).slice(from, to).reduce((sum, each) => sum + each, 0),
  )
  const sum = shares.reduce((total, share) => total + share, 0)
  return sum ** 2 / (shares.length * shares.reduce((total, share) => total + share ** 2, 0))
}

/** A number of clients that do the same. */
export function times(count: number, client: SimulatedClient = {}): SimulatedClient[] {
  return Array.from({ length: count }, () => client)
}
