import { expect, test } from 'vitest'
import { InsertGroup, InsertLedger } from './ledger.ts'

test('sends of a content run side by side, a settling runs alone', async () => {
  const group = new InsertGroup()
  const log: string[] = []
  const step = async (name: string, ms: number): Promise<void> => {
    log.push(`${name} begins`)
    await new Promise((resolve) => setTimeout(resolve, ms))
    log.push(`${name} ends`)
  }
  const work = [
    group.send(() => step('send 1', 20)),
    group.send(() => step('send 2', 10)),
    group.settle(() => step('settle', 10)),
    group.send(() => step('send 3', 1)),
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
  expect(group.idle).toBe(true)
})

test('a send that fails gives its place back', async () => {
  const group = new InsertGroup()
  await expect(group.send(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  await expect(group.settle(() => Promise.resolve('looked'))).resolves.toBe('looked')
})

test('ids that were given stay given; rows without an id are counted', () => {
  const group = new InsertGroup()
  group.land('a', 100, 110)
  group.land(undefined, 50, 120)
  expect(group.isTaken('a')).toBe(true)
  expect(group.isTaken('b')).toBe(false)
  expect(group.anonymous).toBe(1)
  expect(group.since(100)).toBe(50)
  group.forget(115)
  expect(group.isTaken('a')).toBe(false)
  expect(group.anonymous).toBe(1)
})

test('a ledger forgets contents that are done with, and none that are under way', async () => {
  const ledger = new InsertLedger()
  const done = ledger.group('done', 0, 0)
  done.land('x', 0, 0)
  expect(ledger.group('done', 1_000, 0)).toBe(done)
  let release = (): void => undefined
  const busy = ledger.group('busy', 2_000, 0)
  const sending = busy.send(
    () =>
      new Promise<void>((resolve) => {
        release = resolve
      }),
  )
  ledger.group('later', 60_000, 0)
  expect(ledger.size).toBe(2)
  expect(ledger.group('done', 60_000, 0)).not.toBe(done)
  expect(ledger.group('busy', 60_000, 0)).toBe(busy)
  release()
  await sending
})
