import { describe, expect, it } from 'vitest'
import type { RecordRow, RecordsParams } from '../../protocol/records.ts'
import { RecordStore } from './record-store.ts'

const rowAt = (index: number): RecordRow => ({ id: String(index), cells: [] })
const settle = () => new Promise((resolve) => setTimeout(resolve))

function storeOf(total: number, most = 1_000) {
  const asked: RecordsParams[] = []
  const state = { fails: false }
  const store = new RecordStore(
    total,
    async (params) => {
      asked.push(params)
      if (state.fails) throw new Error('no connection')
      const count = Math.max(0, Math.min(params.limit, most, total - params.offset))
      return {
        rows: Array.from({ length: count }, (_, step) => rowAt(params.offset + step)),
        total,
      }
    },
    () => undefined,
  )
  return { store, asked, state }
}

describe('RecordStore', () => {
  it('asks once for what is in sight', async () => {
    const { store, asked } = storeOf(1_000)
    store.load({ filters: [] })
    await settle()
    store.ensure(390, 410)
    store.ensure(391, 411)
    await settle()
    expect(asked.map(({ offset, limit }) => [offset, limit])).toEqual([
      [0, 200],
      [200, 200],
      [400, 200],
    ])
    expect(store.row(405)?.id).toBe('405')
    expect(store.row(700)).toBeUndefined()
  })

  it('asks for the rest of a part that came in pieces', async () => {
    const { store, asked } = storeOf(150, 60)
    store.load({ filters: [] })
    for (let round = 0; round < 4; round += 1) {
      await settle()
      store.ensure(0, 150)
    }
    await settle()
    expect(asked.map(({ offset }) => offset)).toEqual([0, 60, 120])
    expect(store.loaded().map(({ id }) => id)).toEqual(
      Array.from({ length: 150 }, (_, index) => String(index)),
    )
  })

  it('keeps the rows of the query before until the next ones are here', async () => {
    const { store } = storeOf(3)
    store.load({ filters: [] })
    await settle()
    store.load({ filters: [], search: 'x' })
    expect(store.row(0)?.id).toBe('0')
    await settle()
    expect(store.length).toBe(3)
  })

  it('asks again after a failure only by a retry', async () => {
    const { store, asked, state } = storeOf(1_000)
    store.load({ filters: [] })
    await settle()
    state.fails = true
    store.ensure(200, 210)
    await settle()
    store.ensure(200, 210)
    expect(store.failure).toMatchObject({ message: 'no connection' })
    expect(asked).toHaveLength(2)
    state.fails = false
    store.retry()
    store.ensure(200, 210)
    await settle()
    expect(store.row(205)?.id).toBe('205')
  })
})
