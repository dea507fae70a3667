import {
  type Client,
  type Table,
  TableChangedError,
  type TableRecord,
} from '@chatlayer-tables/core'
import { expect, it, vi } from 'vitest'
import { WatchedTable } from './watched-table.ts'

const table: Table = {
  id: 't',
  botId: 'b',
  name: 'stores',
  description: '',
  columns: [{ name: 'code', type: 'text' }],
}

/** Records whose IDs are the letters; a capital letter is another value of the same record. */
function recordsOf(ids: string): TableRecord[] {
  return [...ids].map((id) => {
    const values = { code: id }
    return { id: id.toLowerCase(), createdAt: '', updatedAt: '2026-01-01T00:00:00Z', values }
  })
}

/**
 * A small table whose readings return these records in turn; `…` at the end makes a reading incomplete.
 * The last one repeats.
 */
function watch(...readings: string[]) {
  const records = vi.fn((_query: unknown) => {
    const reading = (readings.length > 1 ? readings.shift() : readings[0]) ?? ''
    return (async function* () {
      yield* recordsOf(reading.replace('…', ''))
      if (reading.endsWith('…')) throw new TableChangedError('the table kept changing')
    })()
  })
  const handle = { definition: async () => table, records }
  const client = { clockOffsetMs: () => undefined } as unknown as Client
  const watched = new WatchedTable({
    ...{ client, handle: handle as never },
    ...{ where: { code: { ne: 'x' } }, select: undefined },
  })
  return {
    records,
    begin: () => watched.begin({}),
    poll: async () =>
      (await watched.poll({})).map((one) =>
        one.event === 'removed'
          ? `-${one.before.values.code}`
          : `${one.event[0]}${one.record.values.code}`,
      ),
  }
}

it('reads a missing record again before it counts as removed', async () => {
  const { begin, poll, records } = watch('abc', 'abc', 'aC', 'b', 'aC')
  await begin()
  expect(await poll()).toEqual(['cC'])
  expect(records).toHaveBeenCalledTimes(4)
  expect(records.mock.lastCall?.[0]).toMatchObject({
    where: { and: [{ code: { ne: 'x' } }, { id: { in: ['b'] } }] },
  })
})

it('reports a record as removed that is missing twice', async () => {
  const { begin, poll } = watch('abc', 'abc', 'ac', '', 'ac')
  await begin()
  expect(await poll()).toEqual(['-b'])
  expect(await poll()).toEqual([])
})

it('reads all again where many records are missing', async () => {
  const many = Array.from({ length: 60 }, (_, n) => String.fromCharCode(0x4e00 + n)).join('')
  const { begin, poll, records } = watch(many, many, 'a', `${many.slice(1)}a`, many)
  await begin()
  expect((await poll()).toSorted()).toEqual([`-${many[0]}`, 'aa'])
  expect(records.mock.lastCall?.[0]).toMatchObject({ where: { code: { ne: 'x' } } })
})

it('reports changes found by an incomplete reading, but removed records only after another', async () => {
  const { begin, poll } = watch('abc', 'abc', 'Acd…', '…', 'Acd', '')
  await begin()
  expect(await poll()).toEqual(['cA', 'ad'])
  expect(await poll()).toEqual(['-b'])
})

it('begins with a complete reading, and adds records it missed without a report', async () => {
  const { begin, poll, records } = watch('a…', 'ab…', 'ab', 'abc')
  await begin()
  expect(records).toHaveBeenCalledTimes(4)
  expect(await poll()).toEqual([])
})

it('does not begin if no reading is complete', async () => {
  const { begin, records } = watch('a…')
  await expect(begin()).rejects.toThrow(TableChangedError)
  expect(records).toHaveBeenCalledTimes(5)
})
