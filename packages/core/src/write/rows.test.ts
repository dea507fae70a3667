import { expect, test } from 'vitest'
import { createRowSource, PeekedRows, type Rows } from './rows.ts'

async function collect<Row>(rows: Rows<Row>): Promise<Row[]> {
  const all: Row[] = []
  for await (const row of rows) all.push(row)
  return all
}

async function* slowly(rows: number, ms: number): AsyncGenerator<number> {
  for (let n = 0; n < rows; n++) {
    await new Promise((resolve) => setTimeout(resolve, ms))
    yield n
  }
}

test('rows are numbered in their order, for any caller', async () => {
  const source = createRowSource(slowly(4, 1))
  const asked = await Promise.all(Array.from({ length: 6 }, () => source.next()))
  expect(asked.map((next) => next?.row)).toEqual([0, 1, 2, 3, undefined, undefined])
  expect(asked.map((next) => next?.index)).toEqual([0, 1, 2, 3, undefined, undefined])
  expect(await source.next()).toBeUndefined()
})

test('what the input throws goes to one who asked, and then it is at its end', async () => {
  function* rows(): Generator<number> {
    yield 1
    throw new Error('broken')
  }
  const source = createRowSource(rows())
  const asked = await Promise.allSettled(Array.from({ length: 3 }, () => source.next()))
  expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

test('a caller that waits when the source is closed gets no row, and the input produces no other', async () => {
  let made = 0
  let returned = false
  async function* rows(): AsyncGenerator<number> {
    try {
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 5))
        yield made++
      }
    } finally {
      returned = true
    }
  }
  const source = createRowSource(rows())
  const waiting = [source.next(), source.next()]
  await source.close()
  expect(await Promise.all(waiting)).toEqual([undefined, undefined])
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect([made, returned]).toEqual([1, true])
})

test.each([
  ['a list', [1, 2, 3]],
  ['a set', new Set([1, 2, 3])],
])('peeked, %s comes whole', async (_, rows) => {
  const peeked = await PeekedRows.peek(rows, 2, 1_000)
  expect(peeked.first).toEqual([1, 2])
  expect(await collect(peeked)).toEqual([1, 2, 3])
})

test('a slow input is not waited for, and loses nothing', async () => {
  const peeked = await PeekedRows.peek(slowly(5, 40), 100, 60)
  expect(peeked.first.length).toBeLessThan(5)
  expect(await collect(peeked)).toEqual([0, 1, 2, 3, 4])
})

test('what the input throws comes after the rows before it', async () => {
  function* rows(): Generator<number> {
    yield 1
    throw new Error('broken')
  }
  const peeked = await PeekedRows.peek(rows(), 10, 1_000)
  expect(peeked.first).toEqual([1])
  expect(await peeked.next()).toEqual({ done: false, value: 1 })
  await expect(peeked.next()).rejects.toThrow('broken')
})

test('leaving peeked rows leaves the input', async () => {
  let returned = false
  function* rows(): Generator<number> {
    try {
      yield* [1, 2, 3]
    } finally {
      returned = true
    }
  }
  for await (const row of await PeekedRows.peek(rows(), 2, 1_000)) if (row === 2) break
  expect(returned).toBe(true)
})
