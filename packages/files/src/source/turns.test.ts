import { expect, test } from 'vitest'
import { yielding } from './turns.ts'

test('passes all on in order, and gives the event loop its turns', async () => {
  async function* busy() {
    for (let n = 0; n < 200; n += 1) {
      const until = performance.now() + 1
      while (performance.now() < until);
      yield n
    }
  }
  let turns = 0
  const timer = setInterval(() => {
    turns += 1
  }, 1)
  const items: number[] = []
  for await (const item of yielding(busy())) items.push(item)
  clearInterval(timer)
  expect(items).toEqual(Array.from({ length: 200 }, (_, n) => n))
  expect(turns).toBeGreaterThanOrEqual(4)
})

test('ends the source when it is ended', async () => {
  let ended = false
  async function* endless() {
    try {
      for (;;) yield 1
    } finally {
      ended = true
    }
  }
  for await (const _ of yielding(endless())) break
  expect(ended).toBe(true)
})
