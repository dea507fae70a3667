import { expect, test } from 'vitest'
import { InsertGroup, InsertLedger } from './ledger.ts'

async function send<T>(group: InsertGroup, work: () => Promise<T>): Promise<T> {
  if (!group.tryBegin()) await group.begin()
  try {
    return await work()
  } finally {
    group.end()
  }
}

test('sends of a content run side by side, a settling runs alone', async () => {
  const group = new InsertGroup('x')
  const log: string[] = []
  const step = async (name: string, ms: number): Promise<void> => {
    log.push(`${name} begins`)
    await new Promise((resolve) => setTimeout(resolve, ms))
    log.push(`${name} ends`)
  }
  const work = [
    send(group, () => step('send 1', 20)),
    send(group, () => step('send 2', 10)),
    group.settle(() => step('settle', 10)),
    send(group, () => step('send 3', 1)),
  ]
  expect(log).toEqual(['send 1 begins', 'send 2 begins'])
  await Promise.all(work)
  expect(log).toEqual([
    'send 1 begins',
    'send 2 begins',
    'send 2 ends',
    'send 1 ends',
    'settle begins',
    'settle ends',
    'send 3 begins',
    'send 3 ends',
  ])
})

test('a send that fails gives its place back', async () => {
  const group = new InsertGroup('x')
  await expect(send(group, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  await expect(group.settle(() => Promise.resolve('looked'))).resolves.toBe('looked')
})

test('rows under way are of one group; a content that is done with takes no room', () => {
  const ledger = new InsertLedger()
  const first = ledger.enter('same', 0)
  expect(ledger.enter('same', 0)).toBe(first)
  expect(ledger.enter('other', 0)).not.toBe(first)
  ledger.leave(first, 0, 0, 0)
  expect(ledger.enter('same', 0)).toBe(first)
  ledger.leave(first, 0, 0, 0)
  ledger.leave(first, 0, 0, 0)
  expect(ledger.size).toBe(1)
  expect(ledger.enter('same', 0)).not.toBe(first)
})

test('rows that landed under an unknown id are counted as long as they can be mistaken', () => {
  const ledger = new InsertLedger()
  const group = ledger.enter('x', 50)
  group.landAnonymously(50, 120)
  group.landAnonymously(100, 130)
  expect([group.anonymous, group.since(80), group.since(10)]).toEqual([2, 50, 10])
  ledger.leave(group, 50, 130, 1_000)
  expect(ledger.enter('x', 1_376)).toBe(group)
  ledger.leave(group, 1_376, 1_376, 1_000)
  expect(ledger.enter('x', 10_000).anonymous).toBe(1)
  ledger.leave(group, 10_000, 10_000, 1_000)
  expect(ledger.enter('x', 10_000).anonymous).toBe(0)
})

test('an id that was given stays given until its record can no longer be mistaken', () => {
  const ledger = new InsertLedger()
  const leave = (now: number): void => ledger.leave(ledger.enter('any', now), now, now, 1_000)
  ledger.take('a', 100)
  ledger.take('b', 900)
  leave(1_000)
  expect([ledger.isTaken('a'), ledger.isTaken('b'), ledger.isTaken('c')]).toEqual([
    true,
    true,
    false,
  ])
  leave(1_400)
  expect([ledger.isTaken('a'), ledger.isTaken('b')]).toEqual([false, true])
})

test('what landed since a row began is remembered until that row has left', () => {
  const ledger = new InsertLedger()
  const slow = ledger.enter('twin', 1_000)
  const twin = ledger.enter('twin', 1_010)
  ledger.take('a', 1_020)
  ledger.leave(twin, 1_010, 1_020, 500)
  ledger.leave(ledger.enter('any', 60_000), 60_000, 60_000, 500)
  expect(ledger.isTaken('a')).toBe(true)
  ledger.leave(slow, 1_000, 60_001, 500)
  expect(ledger.isTaken('a')).toBe(false)
})
