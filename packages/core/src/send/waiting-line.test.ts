import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createWaitingLine, type Waiter } from './waiting-line.ts'

const someone = (): Waiter<number> => ({ admit: () => {} })

test('first come, first served, the urgent before the others', () => {
  const line = createWaitingLine<number>()
  const [a, b, c, d] = [someone(), someone(), someone(), someone()]
  line.push(a, false)
  line.push(b, true)
  line.push(c, false)
  line.push(d, true)
  expect(line.length).toBe(4)
  expect([line.shift(), line.shift(), line.shift(), line.shift()]).toEqual([b, d, a, c])
  expect(line.shift()).toBeUndefined()
  expect(line.length).toBe(0)
})

test('behaves as two lists do, also when waiters leave from the middle', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('push' as const), urgent: fc.boolean() }),
    fc.record({ do: fc.constant('shift' as const) }),
    fc.record({ do: fc.constant('remove' as const), which: fc.nat(20) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const line = createWaitingLine<number>()
      const urgent: Waiter<number>[] = []
      const normal: Waiter<number>[] = []
      const all: Waiter<number>[] = []
      for (const next of steps) {
        if (next.do === 'push') {
          const waiter = someone()
          all.push(waiter)
          line.push(waiter, next.urgent)
          ;(next.urgent ? urgent : normal).push(waiter)
        } else if (next.do === 'shift') {
          expect(line.shift()).toBe(urgent.shift() ?? normal.shift())
        } else {
          const waiter = all[next.which]
          if (waiter === undefined) continue
          line.remove(waiter)
          for (const list of [urgent, normal]) {
            if (list.includes(waiter)) list.splice(list.indexOf(waiter), 1)
          }
        }
        expect(line.length).toBe(urgent.length + normal.length)
      }
    }),
  )
})
