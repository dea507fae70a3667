import { expect, test } from 'vitest'
import { createInsertLedger, InsertGroup } from './ledger.ts'

async function send<T>(group: InsertGroup, work: () => Promise<T>): Promise<T> {
  if (!group.tryBegin()) await group.begin()
  try {
    return await work()
  } finally {
    group.end()
  }
}

test('sends of a content run side by side, a look runs alone', async () => {
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
    group.alone(() => step('look', 10)),
    send(group, () => step('send 3', 1)),
  ]
  expect(log).toEqual(['send 1 begins', 'send 2 begins'])
  await Promise.all(work)
  expect(log).toEqual([
    'send 1 begins',
    'send 2 begins',
    'send 2 ends',
    'send 1 ends',
    'look begins',
    'look ends',
    'send 3 begins',
    'send 3 ends',
  ])
})

test('a send that fails gives its place back', async () => {
  const group = new InsertGroup('x')
  await expect(send(group, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  await expect(group.alone(() => Promise.resolve('looked'))).resolves.toBe('looked')
})

test('rows in flight are of one group; a content that is done with takes no room', () => {
  const ledger = createInsertLedger()
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

const at = (records: number) => ({ records, dates: undefined })

test('rows that were written under an unknown id are counted as long as they can be mistaken', () => {
  const ledger = createInsertLedger()
  const group = ledger.enter('x', 50)
  group.landAnonymously(at(50), 120)
  group.landAnonymously(at(100), 130)
  expect([group.anonymous, group.since(at(80)), group.since(at(10))]).toEqual([2, at(50), at(10)])
  expect(group.since(undefined)).toBe(undefined)
  ledger.leave(group, 50, 130, 1_000)
  expect(ledger.hasAnonymous('x')).toBe(true)
  const pass = (now: number): void => ledger.leave(ledger.enter('any', now), now, now, 1_000)
  pass(1_125)
  expect(ledger.enter('x', 1_125)).toBe(group)
  expect(group.anonymous).toBe(1)
  ledger.leave(group, 1_125, 1_125, 1_000)
  pass(10_000)
  expect(ledger.hasAnonymous('x')).toBe(false)
  expect(ledger.size).toBe(0)
})

test('an id that was given stays given until its record can no longer be mistaken', () => {
  const ledger = createInsertLedger()
  const pass = (now: number): void => ledger.leave(ledger.enter('any', now), now, now, 1_000)
  const taken = (): boolean[] => ['a', 'b', 'c'].map((id) => ledger.isTaken('t', id))
  ledger.take('t', 'a', 100)
  ledger.take('t', 'b', 900)
  pass(1_000)
  expect(taken()).toEqual([true, true, false])
  pass(1_400)
  expect(taken()).toEqual([false, true, false])
})

test('ids are those of one table', () => {
  const ledger = createInsertLedger()
  ledger.take('t', '1', 100)
  expect([ledger.isTaken('t', '1'), ledger.isTaken('other', '1')]).toEqual([true, false])
})

test('rows written since a row began are remembered until that row has left', () => {
  const ledger = createInsertLedger()
  const slow = ledger.enter('twin', 1_000)
  const twin = ledger.enter('twin', 1_010)
  ledger.take('t', 'a', 1_020)
  ledger.leave(twin, 1_010, 1_020, 500)
  ledger.leave(ledger.enter('any', 60_000), 60_000, 60_000, 500)
  expect(ledger.isTaken('t', 'a')).toBe(true)
  ledger.leave(slow, 1_000, 60_500, 500)
  expect(ledger.isTaken('t', 'a')).toBe(false)
})

test('memory is bounded, even while a row is in flight for long', () => {
  const ledger = createInsertLedger()
  ledger.enter('slow', 0)
  for (let n = 0; n < 250_000; n++) {
    ledger.take('t', `id ${n}`, n)
    if (n % 100 === 0) ledger.leave(ledger.enter('any', n), n, n, 1_000)
  }
  expect(ledger.size).toBeLessThan(100_200)
  expect(ledger.isTaken('t', 'id 249999')).toBe(true)
})
