import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Allowances } from './allowance.ts'
import { History } from './history.ts'

const second = { atLeastMs: 1, atMostMs: 1000 }

function sending() {
  const history = new History()
  const allowances = new Allowances(history)
  let number = 0
  return {
    allowances,
    history,
    get last() {
      return number
    },
    send(sentAt: number) {
      number += 1
      const sent = { number, sentAt }
      history.add(sent)
      return sent
    },
  }
}

describe('the history', () => {
  test('counts what was sent after a time, up to a number', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(50), { maxLength: 200 }),
        fc.nat(10_000),
        fc.nat(200),
        (gaps, time, upTo) => {
          const { history, send } = sending()
          let now = 0
          const times = gaps.map((gap) => {
            now += gap
            send(now)
            return now
          })
          const number = Math.min(upTo, times.length)
          const expected = times.slice(0, number).filter((each) => each > time).length
          expect(history.countSince(time, number)).toBe(expected)
        },
      ),
    )
  })

  test('forgets what is too long ago', () => {
    const { history, send } = sending()
    for (let n = 1; n <= 20_000; n++) send(n)
    expect(history.countSince(19_900, 20_000)).toBe(100)
    expect(history.countSince(0, 20_000)).toBeLessThanOrEqual(8192)
    expect(history.timeOf(20_000)).toBe(20_000)
  })
})

describe('what remains', () => {
  test('may be sent, and no more until a window is over', () => {
    const sends = sending()
    const first = sends.send(100)
    sends.allowances.reported(first, 120, { name: '', remaining: 3, reset: second })
    for (let n = 0; n < 3; n++) {
      expect(sends.allowances.readyAt(130, sends.last)).toBeLessThanOrEqual(130)
      sends.send(130)
    }
    const ready = sends.allowances.readyAt(140, sends.last)
    expect(ready).toBeGreaterThanOrEqual(1100)
    expect(ready).toBeLessThan(1200)
  })

  test('is taken from the request sent last, however answers come', () => {
    const sends = sending()
    const [a, b] = [sends.send(0), sends.send(1)]
    sends.allowances.reported(b, 20, { name: '', remaining: 0, reset: second })
    sends.allowances.reported(a, 21, { name: '', remaining: 5, reset: second })
    sends.send(2)
    expect(sends.allowances.readyAt(22, sends.last)).toBe(Number.NEGATIVE_INFINITY)
    // Two in a window are too few to mean anything; four are not.
    const more = sending()
    const sent = [0, 1, 2, 3].map((time) => more.send(time))
    for (const [n, each] of sent.entries()) {
      more.allowances.reported(each, 20, { name: '', remaining: 3 - n, reset: second })
    }
    expect(more.allowances.readyAt(22, more.last)).toBeGreaterThan(900)
  })

  test('of several limits, the one that is used up counts', () => {
    const sends = sending()
    for (let n = 0; n < 5; n++) {
      const sent = sends.send(n)
      sends.allowances.reported(sent, 20, { name: 'short', remaining: 95 - n, reset: second })
      sends.allowances.reported(sent, 20, {
        name: 'long',
        remaining: 4 - n,
        reset: { atLeastMs: 10, atMostMs: 10_000 },
      })
    }
    expect(sends.allowances.readyAt(30, sends.last)).toBeGreaterThan(9000)
  })

  test('is wrong when a request is accepted that was one too many', () => {
    const sends = sending()
    for (let n = 0; n < 5; n++) {
      const sent = sends.send(n)
      sends.allowances.reported(sent, 20, { name: '', remaining: 4 - n, reset: second })
    }
    expect(sends.allowances.readyAt(30, sends.last)).toBeGreaterThan(900)
    sends.allowances.accepted(sends.send(40), 60)
    expect(sends.allowances.readyAt(60, sends.last)).toBe(Number.NEGATIVE_INFINITY)
  })
})
