/** The calls of tools. */
import { expect, it } from 'vitest'
import { type Process, TABLE } from './support.ts'

export function describeCalls(start: () => Promise<Process>): void {
  it('finds the last call of a digest, by when it ended', async () => {
    const { store } = await start()
    const before = store.now()
    const call = { digest: 'd1', token: 'token', continues: undefined, forgetBefore: 0 }
    const first = await store.beginCall(call)
    const last = await store.beginCall({ ...call, token: undefined })
    expect(last).toBeGreaterThan(first)
    expect(await store.lastCall('d1', before)).toMatchObject({
      ...{ number: last, token: undefined, result: undefined },
    })
    await store.endCall(last, 'its result')
    const found = await store.lastCall('d1', before)
    expect(found).toMatchObject({ number: last, result: 'its result' })
    expect(found?.begun).toBeGreaterThanOrEqual(before)
    expect(found?.begun).toBeLessThanOrEqual(store.now())
    expect(await store.lastCall('d2', before)).toBeUndefined()
    expect(await store.lastCall('d1', store.now() + 60_000)).toBeUndefined()
  })

  it('continues a call, which then has not ended', async () => {
    const { store } = await start()
    const call = { digest: 'd1', token: 'token', continues: undefined, forgetBefore: 0 }
    const number = await store.beginCall(call)
    await store.endCall(number, undefined)
    const again = { ...call, token: undefined, continues: number }
    expect(await store.beginCall(again)).toBe(number)
    expect(await store.lastCall('d1', 0)).toMatchObject({ number, token: 'token' })
    await store.beginCall({ ...again, token: 'new' })
    expect(await store.lastCall('d1', 0)).toMatchObject({ number, token: 'new' })
  })

  it('forgets calls that began too long ago', async () => {
    const { store } = await start()
    const call = { digest: 'd1', token: undefined, continues: undefined, forgetBefore: 0 }
    await store.beginCall(call)
    await store.beginCall({ ...call, digest: 'd2', forgetBefore: 0 })
    expect(await store.lastCall('d1', 0)).toBeDefined()
    await store.beginCall({ ...call, digest: 'd3', forgetBefore: store.now() + 60_000 })
    expect(await store.lastCall('d1', 0)).toBeUndefined()
    expect(await store.lastCall('d3', 0)).toBeDefined()
  })

  it('knows whether another write to the table began after a call had ended', async () => {
    const process = await start()
    const { store } = process
    const call = { digest: 'd1', token: undefined, continues: undefined, forgetBefore: 0 }
    const number = await store.beginCall(call)
    const set = await process.set({ call: number, begun: store.now() })
    await store.endCall(number, undefined)
    const isFollowed = async () => {
      const [stored] = await store.sets({ id: set.id })
      return stored === undefined ? undefined : store.isFollowed(stored, number)
    }
    const later = store.now() + 60_000
    await process.set({ call: number, begun: later })
    await process.set({ begun: later, version: 'LIVE' })
    await process.set({ begun: later, table: { ...TABLE, id: 't2' } })
    await process.set({ begun: 0 })
    expect(await isFollowed()).toBe(false)
    await process.set({ begun: later, call: number + 1 })
    expect(await isFollowed()).toBe(true)
  })
}
