/** `set_sql` of update_records: values that SQL computes from each record. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Emulator } from '@chatlayer-tables/emulator'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Settings } from '../src/settings.ts'
import { makeFolder, STORE_COUNT, startFixture } from './fixture.ts'
import { type Caller, openCaller } from './session.ts'
import { describeTools } from './suite.ts'

function column(emulator: Emulator, name: string, version: 'DRAFT' | 'LIVE' = 'DRAFT'): unknown[] {
  return emulator.tables.records('stores', version).map(({ values }) => values[name])
}

const RANKS = Array.from({ length: STORE_COUNT }, (_, rank) => rank)

describeTools('computed values', (suite) => {
  it('are previewed, confirmed by the token alone, and undone', async () => {
    const { client, emulator } = suite
    const set_sql = { rank: 'rank * 10', name: "replace(name, 'Store ', 'S')" }
    const call = { table: 'stores', where: { rank: { gte: 10 } }, set_sql, expect: 50 }
    const preview = await client.call('update_records', { ...call, dry_run: true })
    expect(preview.data).toMatchObject({ dry_run: true, matched: 50, would_update: 50 })
    expect(JSON.stringify(preview.data.updates)).toContain('"S10"')
    expect(column(emulator, 'rank')).toEqual(RANKS)

    const { confirm_token } = preview.data
    const done = await client.call('update_records', { confirm_token })
    expect(done.data).toMatchObject({ matched: 50, updated: 50, rejected: 0 })
    const expected = RANKS.map((rank) => (rank < 10 ? rank : rank * 10))
    expect(column(emulator, 'rank')).toEqual(expected)
    const again = await client.call('update_records', { confirm_token })
    expect(again.data.notice).toContain('Nothing was written again')
    expect(column(emulator, 'rank')).toEqual(expected)

    const { change_set } = done.data
    const undo = await client.call('undo_changes', { change_set, dry_run: true })
    await client.call('undo_changes', { confirm_token: undo.data.confirm_token })
    expect(column(emulator, 'rank')).toEqual(RANKS)
    expect(column(emulator, 'name')[10]).toBe('Store 10')
  })
})

describe('update_records', () => {
  let emulator: Emulator
  const callers: Caller[] = []

  beforeAll(async () => {
    emulator = await startFixture()
  })
  beforeEach(() => emulator.reset())
  afterEach(async () => {
    await Promise.all(callers.splice(0).map((caller) => caller.close()))
  })
  afterAll(() => emulator.close())

  function open(settings: Partial<Settings> = {}): Caller {
    const caller = openCaller(emulator, settings, { XDG_STATE_HOME: makeFolder() })
    callers.push(caller)
    return caller
  }

  const ids = () => emulator.tables.records('stores').map(({ id }) => id)

  it('adds plain values, leaves out what does not change, and needs no token for few', async () => {
    const call = {
      table: 'stores',
      ids: ids().slice(0, 3),
      set: { city: 'Bruges' },
      set_sql: { rank: 'max(rank, 1)', tags: "json_array(name, json('true'))" },
    }
    const caller = open()
    const { data } = await caller.call('update_records', call)
    expect(data).toMatchObject({ matched: 3, updated: 3 })
    expect(column(emulator, 'rank').slice(0, 4)).toEqual([1, 1, 2, 3])
    expect(column(emulator, 'tags').slice(0, 4)).toEqual([
      ['Store 0', true],
      ['Store 1', true],
      ['Store 2', true],
      null,
    ])
    const again = { ...call, set_sql: { ...call.set_sql, rank: 'max(rank, 1) ' } }
    const { data: same } = await caller.call('update_records', again)
    expect(same).toMatchObject({ matched: 3, updated: 0 })
    expect(same.notice).toContain('3 of 3 records already have these values.')
  })

  it('says where null becomes a value', async () => {
    emulator.tables.insert('stores', [{ name: 'New' }])
    const call = { table: 'stores', all: true, set_sql: { rank: 'coalesce(rank, 0) + 1' } }
    const { data } = await open().call('update_records', { ...call, dry_run: true })
    expect(data.notice).toContain('Null becomes a value in "rank" of 1 record.')
  })

  it('computes once if the call is repeated', async () => {
    const caller = open()
    const call = { table: 'stores', ids: ids().slice(0, 3), set_sql: { rank: 'rank + 10' } }
    const first = await caller.call('update_records', call)
    const second = await caller.call('update_records', call)
    expect(second.data).toMatchObject({ updated: 3, change_set: first.data.change_set })
    expect(second.data.notice).toContain('Nothing was written again')
    expect(column(emulator, 'rank').slice(0, 4)).toEqual([10, 11, 12, 3])
  })

  it('computes each record once if the call was cancelled and is repeated', async () => {
    const caller = open({ confirm: { bulk: 'allow', live: 'allow', delete: 'allow' } })
    const call = { table: 'stores', all: true, set_sql: { rank: 'rank + 100' } }
    emulator.faults.set([{ kind: 'latency', ms: 600, actions: ['UPDATE'] }])
    const stop = new AbortController()
    const cancelled = caller.call('update_records', call, {}, stop.signal)
    while ((emulator.requests.counts.actions.UPDATE ?? 0) < 5) await sleep(5)
    stop.abort(new Error('cancelled'))
    await cancelled
    emulator.faults.clear()
    const written = column(emulator, 'rank').filter((rank) => Number(rank) >= 100)
    expect(written.length).toBeLessThan(STORE_COUNT)
    const { data } = await caller.call('update_records', call)
    expect(data).toMatchObject({ matched: STORE_COUNT, updated: STORE_COUNT })
    expect(column(emulator, 'rank')).toEqual(RANKS.map((rank) => rank + 100))
  })

  it('binds a token to the records as they are, not to the time', async () => {
    const caller = open()
    const call = { table: 'stores', all: true, set_sql: { city: "city || strftime('%f', 'now')" } }
    const first = await caller.call('update_records', { ...call, dry_run: true })
    const { confirm_token } = first.data
    const done = await caller.call('update_records', { ...call, confirm_token })
    expect(done.data).toMatchObject({ updated: STORE_COUNT })

    const ranks = { table: 'stores', all: true, set_sql: { rank: 'rank + 1' } }
    const second = await caller.call('update_records', { ...ranks, dry_run: true })
    await caller.call('update_records', {
      table: 'stores',
      ids: ids().slice(0, 1),
      set: { rank: 7 },
    })
    const refused = await caller.call('update_records', {
      confirm_token: second.data.confirm_token,
    })
    expect(refused).toMatchObject({
      isError: true,
      data: { error: { code: 'CONFIRMATION_REFUSED' } },
    })
    expect(column(emulator, 'rank')).toEqual([7, ...RANKS.slice(1)])
  })

  it('writes nothing if a value does not fit, and names records and columns', async () => {
    const { isError, data } = await open().call('update_records', {
      table: 'stores',
      all: true,
      set_sql: { rank: "case when rank < 58 then rank + 1 else 'x' || rank end" },
    })
    expect(isError).toBe(true)
    const [, , third] = ids().slice(-3)
    expect(data.error).toMatchObject({
      code: 'INVALID_INPUT',
      field: 'set_sql.rank',
      message: expect.stringContaining('1 more record has such a problem'),
      problems: [{}, { id: third, field: 'set_sql.rank', reason: expect.stringContaining('int') }],
    })
    expect(column(emulator, 'rank')).toEqual(RANKS)
  })

  it.each<[Record<string, unknown>, string, string]>([
    [{ set_sql: { rank: 'renk + 1' } }, 'set_sql.rank', 'Did you mean'],
    [{ set_sql: { renk: '1' } }, 'set_sql.renk', 'has no column'],
    [{ set_sql: { rank: '(select count(*) from leads)' } }, 'set_sql.rank', 'no other tables'],
    [{ set_sql: { rank: '1; drop table stores' } }, 'set_sql.rank', '; is not allowed'],
    [{ set: { rank: 1 }, set_sql: { rank: '1' } }, 'set_sql.rank', 'set twice'],
    [{ set_sql: { name: "nullif(name, 'Store 3')" } }, 'set_sql.name', 'null cannot be written'],
    [{ set_sql: { rank: 1 } }, 'set_sql', 'SQL expressions'],
    [{ set_sql: {} }, 'set', 'Pass the new values'],
    [{}, 'set', 'Pass the new values'],
  ])('%j is an error', async (values, field, text) => {
    const { isError, data, whole } = await open().call('update_records', {
      table: 'stores',
      all: true,
      ...values,
    })
    expect([isError, data.error]).toEqual([true, expect.objectContaining({ field })])
    expect(whole).toContain(text)
    expect(column(emulator, 'rank')).toEqual(RANKS)
  })

  it('neither reads nor writes masked and hidden columns', async () => {
    const caller = open({ maskColumns: ['stores.city'], hideColumns: ['stores.open'] })
    const errorOf = async (set_sql: Record<string, string>) => {
      const { isError, whole } = await caller.call('update_records', {
        table: 'stores',
        ids: ids().slice(0, 1),
        set_sql,
      })
      expect(isError).toBe(true)
      expect(whole).not.toContain('Bruges')
      return whole
    }
    expect(await errorOf({ name: 'city' })).toContain('masked')
    expect(await errorOf({ name: 'stores."CITY" || 1' })).toContain('masked')
    expect(await errorOf({ city: "'x'" })).toContain('masked by the operator')
    expect(await errorOf({ name: 'open' })).toContain('there is no column')
    expect(await errorOf({ open: '1' })).toContain('has no column')
    const { data } = await caller.call('update_records', {
      table: 'stores',
      ids: ids().slice(0, 1),
      set_sql: { name: "name || '!'" },
    })
    expect(data).toMatchObject({ updated: 1 })
    expect(column(emulator, 'city')[0]).toBe('Bruges')
    expect(column(emulator, 'open')[0]).toBe(true)
  })
})
