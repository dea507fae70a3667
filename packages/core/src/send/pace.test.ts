import { expect, test } from 'vitest'
import { Pace, type PaceShare, type Sent } from './pace.ts'

/** A pace on a manual clock. */
function byHand(perSecond?: number) {
  const pace = new Pace(perSecond)
  let number = 0
  const send = (sentAt: number, isProbe = false): Sent => {
    number += 1
    const sent = { number, sentAt }
    pace.sent(sent, isProbe, 1)
    return sent
  }
  return {
    pace,
    send,
    /** A number of accepted requests, evenly from one time to another. */
    sendMany(count: number, fromMs: number, toMs: number) {
      for (let n = 0; n < count; n++) send(fromMs + (n * (toMs - fromMs)) / count)
    },
    /** A refusal at one time, and refused probes; the gate opens at another. */
    close(refusedAt: number, openAt: number, refusedProbes = 0, byLimit = true) {
      const since = send(refusedAt)
      pace.refused(since)
      for (let n = 1; n <= refusedProbes; n++) {
        pace.refused(send(refusedAt + (n * (openAt - refusedAt)) / (refusedProbes + 1), true))
      }
      pace.opened({ since, byLimit, refusedProbes }, send(openAt, true), openAt)
    },
    /** What follows from an exchange with other clients. */
    share(now: number, share: PaceShare) {
      pace.share(share, { number, sentAt: now }, now)
    },
    /** Sends as fast as the pace allows, and returns how many requests that were. */
    run(fromMs: number, toMs: number) {
      const before = number
      for (let now = fromMs; now < toMs; now++) while (pace.nextAt <= now) send(now)
      return number - before
    },
  }
}

test('1. without a known limit nothing is held back', () => {
  const { pace, sendMany } = byHand()
  sendMany(5000, 0, 1000)
  expect(pace.rate).toBeUndefined()
  expect(pace.nextAt).toBe(Number.NEGATIVE_INFINITY)
})

test('2. what was accepted from one opening to the next, by the time, is the rate', () => {
  const { pace, sendMany, close } = byHand()
  sendMany(200, 0, 960)
  close(960, 1000)
  expect(pace.rate).toBeCloseTo(200, 0)
  sendMany(49, 1005, 1480)
  close(1480, 1500)
  expect(pace.rate).toBeCloseTo(100, 0)
})

test('3. after a penalty of a whole window the limit is what was accepted before it', () => {
  const { pace, sendMany, close } = byHand()
  sendMany(300, 0, 100)
  close(100, 1105, 5)
  expect(pace.rate).toBeGreaterThan(0.95 * 300)
  expect(pace.rate).toBeLessThan(300)
})

test('3. and the next attempt to go faster waits 25 times as long', () => {
  const { pace, sendMany, close, run } = byHand()
  sendMany(300, 0, 100)
  close(100, 1105, 5)
  const { rate } = pace
  run(1105, 26_000)
  expect(pace.rate).toBe(rate)
  run(26_000, 27_000)
  expect(pace.rate).toBeGreaterThan(Number(rate))
})

test('4. a rate is held for 50 requests for each refused one, then grows faster and faster', () => {
  const { pace, sendMany, close, run } = byHand()
  sendMany(200, 0, 960)
  close(960, 1000)
  sendMany(100, 1005, 1440)
  // The refusal and three refused probes.
  close(1440, 1520, 3)
  const held = Number(pace.rate)
  expect(run(1520, 2540)).toBeGreaterThan(190)
  expect(pace.rate).toBe(held)
  run(2540, 2700)
  expect(Number(pace.rate) / held).toBeCloseTo(1.03)
  run(2700, 4600)
  expect(Number(pace.rate) / held).toBeGreaterThan(1.5)
})

test('5. far above what is measured, the limit lies between', () => {
  const { pace, sendMany, close, run } = byHand()
  sendMany(200, 0, 960)
  close(960, 1000)
  const held = Number(pace.rate)
  run(1000, 4000)
  const grown = Number(pace.rate)
  expect(grown).toBeGreaterThan(1.2 * held)
  close(4000, 4040)
  expect(pace.rate).toBeLessThan(grown)
  expect(pace.rate).toBeGreaterThan(held)
})

test('5. a rate that was held is not given up for a lower measurement', () => {
  const { pace, sendMany, close, run } = byHand()
  sendMany(200, 0, 960)
  close(960, 1000)
  const held = Number(pace.rate)
  run(1000, 1650)
  expect(pace.hasGrown).toBe(true)
  close(1650, 1950, 2)
  expect(pace.rate).toBeGreaterThanOrEqual(0.98 * held)
})

test('6. too few to measure: half the rate at most, but not below the last measured one', () => {
  const { pace, sendMany, close } = byHand()
  sendMany(60, 0, 20)
  close(20, 50)
  expect(pace.rate).toBeCloseTo(1200, 0)
  close(55, 90)
  expect(pace.rate).toBeCloseTo(600, 0)
  const measured = byHand()
  measured.sendMany(200, 0, 960)
  measured.close(960, 1000)
  measured.close(1010, 1050)
  expect(measured.pace.rate).toBeCloseTo(200, 0)
  measured.close(1060, 1100)
  expect(measured.pace.rate).toBeGreaterThan(160)
})

test('7. nothing is measured across idle time, and the rate does not grow', () => {
  const { pace, sendMany, close, send } = byHand()
  sendMany(200, 0, 100)
  sendMany(200, 5000, 5960)
  close(5960, 6000)
  expect(pace.rate).toBeCloseTo(200, 0)
  const { rate } = pace
  for (let now = 8000; now < 60_000; now += 2000) send(now)
  expect(pace.rate).toBe(rate)
})

test('a long pause without enough requests, or asked for by a failure, shows no rate', () => {
  const { pace, send, close } = byHand()
  send(0)
  close(10, 5010)
  expect(pace.rate).toBeUndefined()
  const failing = byHand()
  failing.sendMany(500, 0, 900)
  failing.close(900, 1200, 0, false)
  expect(failing.pace.rate).toBeUndefined()
})

test('a window of a minute is spread over the minute, and not tried again for five', () => {
  const { pace, sendMany, close, run } = byHand()
  sendMany(600, 0, 500)
  close(500, 60_005)
  expect(pace.rate).toBeCloseTo(10, 1)
  run(60_005, 360_000)
  expect(pace.rate).toBeCloseTo(10, 1)
})

test('reported limits set the rate, and bound it to 1.25 times what they allow', () => {
  const { pace, send, run } = byHand()
  send(0)
  pace.limit(100, 10)
  expect(pace.rate).toBe(100)
  run(10, 1500)
  expect(pace.rate).toBeGreaterThan(125)
  pace.limit(100, 1500)
  expect(pace.rate).toBe(125)
})

test('a rate set by hand is never exceeded, and stays when refusals were sporadic', () => {
  const { pace, close, run } = byHand(50)
  expect(run(0, 2000)).toBeLessThanOrEqual(101)
  close(2001, 2040)
  run(2040, 20_000)
  expect(pace.rate).toBeLessThanOrEqual(50)
  pace.forget()
  expect(pace.rate).toBe(50)
})

test('8. a share of a limit is taken over, and does not grow unless the client leads', () => {
  const { pace, run, share } = byHand()
  share(0, { rate: 50, parts: 4, leads: false })
  expect(pace.rate).toBe(50)
  run(0, 30_000)
  expect(pace.rate).toBe(50)
  share(30_000, { rate: 50, parts: 4, leads: true })
  run(30_000, 40_000)
  expect(pace.rate).toBeGreaterThan(60)
})

test('8. what was measured with one share counts for another', () => {
  const { pace, sendMany, close, share } = byHand()
  share(0, { rate: 100, parts: 2, leads: false })
  sendMany(100, 1, 1000)
  // Another client joins: a third of the limit instead of a half.
  share(1000, { rate: 66, parts: 3, leads: false })
  sendMany(66, 1001, 1980)
  close(1980, 2000)
  // 200 a second in all, as was accepted in both seconds.
  expect(pace.rate).toBeGreaterThan(64)
  expect(pace.rate).toBeLessThan(68)
})

test('8. where others were refused, the client that leads starts again with small steps', () => {
  const { pace, run, share } = byHand()
  share(0, { rate: 100, parts: 2, leads: true })
  run(0, 6000)
  expect(pace.rate).toBeGreaterThan(110)
  share(6000, { rate: 100, parts: 2, leads: true })
  run(6000, 6500)
  expect(pace.rate).toBe(100)
})

test('8. a rate that is none changes nothing, and alone the rate grows again', () => {
  const { pace, run, share } = byHand()
  share(0, { rate: 100, parts: 2, leads: false })
  for (const rate of [Number.NaN, 0, -1, undefined]) share(1, { rate, parts: 2, leads: false })
  expect(pace.rate).toBe(100)
  share(2, { rate: undefined, parts: undefined, leads: true })
  run(2, 10_000)
  expect(pace.rate).toBeGreaterThan(150)
})

test('8. a share never exceeds the rate that was set', () => {
  const { pace, share } = byHand(30)
  share(0, { rate: 50, parts: 2, leads: true })
  expect(pace.rate).toBe(30)
  expect(pace.learned).toBeUndefined()
  share(0, { rate: 20, parts: 5, leads: true })
  expect(pace.learned).toBe(20)
})
