/** Which sets are deleted. */
import { expect, it } from 'vitest'
import type { Retention } from '../../src/retention.ts'
import { CONNECTION, type Process, TABLE, TARGET } from './support.ts'

const DAY = 86_400_000
const LIMITS: Retention = { maxAgeMs: 30 * DAY, maxBytes: 1e12, byLocalClock: false }
const { origin } = CONNECTION

export function describeRetention(start: () => Promise<Process>): void {
  it('deletes what is old by its own clock and by that of the gateway, with all that belongs to it', async () => {
    const process = await start()
    const { store } = process
    const now = store.now()
    const at = (days: number) => ({ begun: now - days * DAY, moment: momentOf(now - days * DAY) })
    const old = await process.set(at(40))
    const gone = await old.write({ kind: 'deleted', id: 'r1' })
    await (await process.set({ ...at(35), undoes: old.id })).write(
      { reverses: gone.n },
      { id: 'r2' },
    )
    const young = await process.set(at(20))
    await young.write({}, { id: 'r3' })
    await endAll(process)
    // The newest time of this gateway is twenty days old.
    expect(await store.isPruneDue(LIMITS, {})).toBe(false)
    expect(await store.prune(LIMITS, {})).toMatchObject({ changeSets: 0, oldHereAlone: 2 })
    const present = { gateway: { origin, now } }
    const elsewhere = { gateway: { origin: 'https://b.test', now } }
    expect(await store.isPruneDue(LIMITS, elsewhere)).toBe(false)
    expect(await store.isPruneDue(LIMITS, present)).toBe(true)
    const pruned = await store.prune(LIMITS, present)
    expect(pruned).toMatchObject({ changeSets: 2, oldHereAlone: 0 })
    expect(pruned.bytes).toBeGreaterThan(0)
    expect((await store.sets({})).map(({ n }) => n)).toEqual([young.n])
    expect(await store.changes(old.n)).toEqual([])
    expect(await store.isInserted('r2')).toBe(false)
    expect((await store.currentIds(['r1'], TARGET)).get('r1')).toBe('r1')
    expect(await store.isPruneDue(LIMITS, present)).toBe(false)
  })

  it('deletes by its own clock alone where it is told to', async () => {
    const process = await start()
    const { store } = process
    await process.set({ begun: store.now() - 40 * DAY })
    await process.set({ begun: store.now() - 20 * DAY })
    await endAll(process)
    const byLocalClock = { ...LIMITS, byLocalClock: true }
    expect(await store.isPruneDue(LIMITS, {})).toBe(false)
    expect(await store.isPruneDue(byLocalClock, {})).toBe(true)
    expect(await store.prune(byLocalClock, {})).toMatchObject({ changeSets: 1 })
  })

  it('keeps what a writer at work still writes to, however old', async () => {
    const process = await start()
    const { store } = process
    const byLocalClock = { ...LIMITS, byLocalClock: true }
    const set = await process.set({ begun: store.now() - 40 * DAY })
    await process.set({ begun: store.now() - 40 * DAY, writer: 'a writer that has ended' })
    expect(await store.prune(byLocalClock, {})).toMatchObject({ changeSets: 1, oldHereAlone: 0 })
    expect((await store.sets({})).map(({ n }) => n)).toEqual([set.n])
    await process.commit({ do: 'end set', set: set.n, at: store.now() })
    expect(await store.prune(byLocalClock, {})).toMatchObject({ changeSets: 1 })
  })

  it('deletes the oldest sets where all use too much space, never the newest', async () => {
    const process = await start()
    const { store } = process
    const { bytes: empty } = await store.prune(LIMITS, {})
    const after = { values: { a: 'x'.repeat(100_000) }, hidden: {} }
    for (let n = 0; n < 4; n++) await (await process.set()).write({ after }, { id: `r${n}` })
    await endAll(process)
    const sets = (await store.sets({})).map(({ n }) => n)
    const { bytes } = await store.prune(LIMITS, {})
    expect(bytes - empty).toBeGreaterThan(300_000)
    const half = { ...LIMITS, maxBytes: empty + (bytes - empty) * 0.6 }
    expect(await store.isPruneDue(half, {})).toBe(true)
    expect(await store.prune(half, {})).toMatchObject({ changeSets: 2 })
    expect((await store.sets({})).map(({ n }) => n)).toEqual(sets.slice(0, 2))
    expect(await store.isPruneDue(half, {})).toBe(false)
    expect(await store.prune({ ...LIMITS, maxBytes: 0 }, {})).toMatchObject({ changeSets: 1 })
    expect((await store.sets({})).map(({ n }) => n)).toEqual(sets.slice(0, 1))
  })

  it('deletes a set of many changes', async () => {
    const process = await start()
    const { store } = process
    const set = await process.set({ begun: store.now() - 40 * DAY, table: TABLE })
    const changes = Array.from({ length: 12_000 }, () => set.change({ after: undefined }))
    await process.commit(...changes.map((change) => ({ do: 'add change' as const, change })))
    await endAll(process)
    await store.prune({ ...LIMITS, byLocalClock: true }, {})
    expect(await store.sets({})).toEqual([])
    expect(await store.lastSeq(set.n)).toBe(0)
  })
}

function momentOf(records: number) {
  return { records, dates: undefined }
}

async function endAll(process: Process): Promise<void> {
  const at = process.store.now()
  const sets = await process.store.sets({})
  await process.commit(...sets.map(({ n }) => ({ do: 'end set' as const, set: n, at })))
}
