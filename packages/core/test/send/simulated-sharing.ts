/** The exchanges of the simulation's clients, as a database carries them. */
import type { Gate } from '../../src/send/gate.ts'
import { NEWS_MS, PaceMember } from '../../src/send/pace-member.ts'
import { moved, type PaceReport } from '../../src/send/pace-sharing.ts'

export interface SimulatedSharing {
  /** How long an exchange takes. */
  readonly latencyMs: number
  /** Exchanges have no answer from one time to another. */
  readonly failsFromMs?: number
  readonly failsUntilMs?: number
}

export interface Timing {
  readonly now: () => number
  readonly at: (time: number, run: () => void) => unknown
  readonly random: () => number
}

export interface SharingClient {
  readonly gate: Gate
  readonly fromMs?: number
  readonly untilMs?: number
}

/** A report counts for this long: one that vanishes has not left. */
const MAX_AGE_MS = 3000
const RETRY_MS = 1000

export function simulateSharing(
  clients: readonly SharingClient[],
  { latencyMs, failsFromMs, failsUntilMs }: SimulatedSharing,
  { now, at, random }: Timing,
): void {
  const reports = new Map<number, { report: PaceReport; at: number }>()
  let agreed: number | undefined
  const fails = (time: number) =>
    time >= (failsFromMs ?? Number.POSITIVE_INFINITY) &&
    time < (failsUntilMs ?? Number.POSITIVE_INFINITY)

  function exchange(number: number, member: PaceMember, done: () => void): void {
    const report = member.report(now())
    if (fails(now())) {
      at(now() + RETRY_MS, done)
      return
    }
    at(now() + latencyMs / 2, () => {
      reports.set(number, { report, at: now() })
      agreed = moved(agreed, report.move)
      const others = [...reports]
        .filter(([other, told]) => other !== number && now() - told.at < MAX_AGE_MS)
        .map(([other, told]) => ({ ...told.report, number: other, ageMs: now() - told.at }))
      const answer = { number, agreed, others }
      at(now() + latencyMs / 2, () => {
        member.exchanged(report, answer, now())
        done()
      })
    })
  }

  for (const [
    number,
    { gate, fromMs = 0, untilMs = Number.POSITIVE_INFINITY },
  ] of clients.entries()) {
    const member = new PaceMember(gate, random)
    let isBusy = false
    const tick = () => {
      if (now() >= untilMs) return
      const due = member.due(now())
      if (due === 'leave') {
        reports.delete(number)
        member.left()
      }
      if (due === 'exchange' && !isBusy) {
        isBusy = true
        exchange(number, member, () => {
          isBusy = false
        })
      }
      at(now() + NEWS_MS, tick)
    }
    at(fromMs + 1, tick)
  }
}
