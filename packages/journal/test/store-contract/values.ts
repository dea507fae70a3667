/** Values and texts of every kind come back as they were. */
import { parseJson, type Values } from '@chatlayer-tables/core'
import { expect, it } from 'vitest'
import type { Kept } from '../../src/stored-values.ts'
import { CONNECTION, type Process, TABLE } from './support.ts'

const LONG = '\u{1f600}é"\\\n'.repeat(200_000)
const VALUES = {
  empty: '',
  nul: 'a\0b\0',
  surrogates: '\ud800 \udc00\ud83d \u{1f600}',
  control: '\u0001\u001f\u007f\u0085\u2028\ufeff\uffff',
  quotes: '\'"\\%_*[]{}$1 -- /*',
  big: 123456789012345678901234567890n,
  small: -9007199254740993n,
  decimal: '123456789012345678.25',
  float: 0.1,
  huge: 1e300,
  yes: true,
  nothing: null,
  json: {
    deep: [1, { nul: '\0', list: [[], {}, null, 2n ** 60n] }],
    '': 'no name',
    __proto__: 'x',
  },
  '': 'no name',
  'odd "name"\0\ud800': 'x',
} as unknown as Values

export function describeValues(start: () => Promise<Process>): void {
  it('keeps values of every kind, before and after', async () => {
    const process = await start()
    const { store } = process
    const set = await process.set()
    const own = parseJson('{"__proto__": "own"}') as Values
    const before: Kept = { values: { ...VALUES, ...own }, hidden: { 'h\0': 'f00', h2: null } }
    const after: Kept = { values: { ...own, ...VALUES }, hidden: {} }
    Object.defineProperty(after.values, '__proto__', { value: 'own', enumerable: true })
    const facts = { kind: 'updated' as const, id: 'r1', before, after, row: 2 ** 31 }
    const moment = { records: 1_764_396_000_123, dates: 1_764_396_000_000 }
    const stored = { after, sent: { values: { nul: '\0' }, hidden: { h2: 'ba7' } } }
    const change = await set.write({ ...facts, moment }, { stored })
    const found = await store.change(change.n)
    expect(found).toMatchObject({ kind: 'updated', id: 'r1', row: 2 ** 31, moment })
    expect(text(found?.before)).toBe(text(before))
    expect(text(found?.after)).toBe(text(after))
    expect(text(found?.sent)).toBe(text(stored.sent))
  })

  it('keeps a very long text', async () => {
    const process = await start()
    const set = await process.set()
    const { n } = await set.write({ after: { values: { long: LONG }, hidden: {} } }, { id: 'r1' })
    const found = await process.store.change(n)
    // Not shown where it differs.
    expect(found?.after?.values.long === LONG).toBe(true)
  })

  it('keeps dates as text, and a change without values', async () => {
    const process = await start()
    const set = await process.set()
    const after: Kept = { values: { at: new Date(0) as unknown as string }, hidden: {} }
    const made = await set.write({ after }, { id: 'r1' })
    const gone = await set.write({ kind: 'deleted', id: 'r1', after: undefined, row: undefined })
    expect(await process.store.change(made.n)).toMatchObject({
      after: { values: { at: '1970-01-01T00:00:00.000Z' } },
    })
    const found = await process.store.change(gone.n)
    expect([found?.before, found?.after, found?.row, found?.moment]).toEqual(
      Array(4).fill(undefined),
    )
  })

  it('keeps ids of any form', async () => {
    const process = await start()
    const { store } = process
    const set = await process.set()
    const ids = [
      '11111111-2222-3333-4444-555555555555',
      'ABCDEFAB-2222-3333-4444-555555555555',
      '1111',
      'nul\0',
      '%_*',
      'é\u{1f600}',
      '9007199254740993',
      'x'.repeat(2_000),
    ]
    for (const id of ids) await set.write({}, { id })
    expect((await store.changes(set.n)).map(({ id }) => id)).toEqual(ids)
    expect([...(await store.madeOf(ids, set.target, -1))].toSorted()).toEqual(ids.toSorted())
    for (const id of ids) {
      expect((await store.changes(set.n, { record: id })).map((each) => each.id)).toEqual([id])
      expect(await store.isInserted(id)).toBe(true)
    }
  })

  it('keeps the texts of a set and of problems', async () => {
    const process = await start()
    const { store } = process
    const texts = { note: 'nul \0, "quoted"', command: 'é', client: '\u{1f600}', principal: "a'b" }
    const table = { ...TABLE, name: 'st\0res "x"', columns: [{ name: 'a\0\ud800', type: 'text' }] }
    const connection = { ...CONNECTION, teamId: 't"\0', botId: '' }
    const set = await process.set({ ...texts, table, connection, job: 'job\0' })
    const [found] = await store.sets({ connection })
    expect(found).toMatchObject({ ...texts, table, connection, job: 'job\0' })
    expect(await store.sets({ table: table.name })).toHaveLength(1)
    expect(await store.jobs('job\0', 5)).toEqual(['job\0'])
    const problem = `nul \0, half \ud83d, ${'x'.repeat(1_000)}`
    const change = await set.write({}, { state: 'unknown', problem })
    const { problem: kept = '' } = (await store.change(change.n)) ?? {}
    // Half of a pair has no form in UTF-8, and may be replaced.
    expect(kept.toWellFormed()).toBe(problem.toWellFormed())
    const call = { digest: 'd', token: 't\0', continues: undefined, forgetBefore: 0 }
    await store.endCall(await store.beginCall(call), LONG)
    const last = await store.lastCall('d', 0)
    expect([last?.token, last?.result === LONG]).toEqual(['t\0', true])
  })
}

/** Shows every value with its type. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}n` : each))
}
