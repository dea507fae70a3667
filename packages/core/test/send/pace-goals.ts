/** What a run of the simulation reached, and which goals it missed. */
import type { Gate } from '../../src/send/gate.ts'
import type { PaceCase } from './pace-cases.ts'
import { simulate } from './simulator.ts'

export interface PaceFigures {
  /** Accepted, as parts of what the limit allows: in the whole run, and in its later part. */
  readonly all: number
  readonly late: number
  /** The part of all responses that were refusals. */
  readonly throttled: number
  readonly refusals: number
}

export function measure(each: PaceCase, OtherGate?: typeof Gate): PaceFigures {
  const { seconds, lateFrom, allowed } = each
  const run = simulate({ server: each.server(), seconds, Gate: OtherGate })
  const part = (from: number) => run.acceptedRate(from, seconds) / allowed(from, seconds)
  return {
    all: part(0),
    late: part(lateFrom),
    throttled: run.throttledShare(0, seconds),
    refusals: run.seconds.reduce((sum, { throttled }) => sum + throttled, 0),
  }
}

export function missed(each: PaceCase, figures: PaceFigures): string[] {
  const misses: string[] = []
  if (each.group === 'burst 1') return misses
  const free = each.group === 'no limit' || each.name.startsWith('no limit')
  if (figures.all < (free ? 0.93 : 0.9)) misses.push('all')
  if (figures.late < 0.95 && each.group !== 'outage') misses.push('late')
  if (figures.throttled >= 0.03) misses.push('refused')
  if (each.group === 'minute' && figures.refusals > 3) misses.push(`${figures.refusals} refusals`)
  return misses
}
