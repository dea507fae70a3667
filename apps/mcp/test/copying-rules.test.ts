/** What compare_tables and copy_records do with odd tables, limits of the operator, and faults. */
import type { Values, Version } from '@chatlayer-tables/core'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Settings } from '../src/settings.ts'
import { makeFolder } from './fixture.ts'
import { type Caller, openCaller } from './session.ts'

const SECRET = 'hidden-value-73'
const MASKED = 'masked-value-41'

let emulator: Emulator
const callers: Caller[] = []

beforeAll(async () => {
  emulator = await startEmulator({
    tables: [
      {
        name: 'leads',
        columns: [
          { name: 'name', type: 'text' },
          { name: 'email', type: 'text' },
          { name: 'phone', type: 'text' },
          { name: 'age', type: 'int' },
        ],
        records: [
          { name: 'Ann', email: SECRET, phone: MASKED, age: 30 },
          { name: 'Bob', email: 'x', phone: 'y', age: 40 },
        ],
      },
      {
        name: 'people',
        columns: [
          { name: 'name', type: 'text' },
          { name: 'age', type: 'text' },
          { name: 'email', type: 'text' },
          { name: 'city', type: 'text' },
        ],
      },
    ],
  })
})

beforeEach(() => emulator.reset())
afterEach(async () => {
  emulator.faults.clear()
  await Promise.all(callers.splice(0).map((caller) => caller.close()))
})
afterAll(() => emulator.close())

const ALLOW_ALL = { bulk: 'allow', live: 'allow', delete: 'allow' } as const

function open(settings: Partial<Settings> = {}): Caller {
  const all = { allowLive: true, confirm: ALLOW_ALL, ...settings }
  const caller = openCaller(emulator, all, { XDG_STATE_HOME: makeFolder() })
  callers.push(caller)
  return caller
}

function valuesOf(table: string, version: Version = 'DRAFT'): Values[] {
  return emulator.tables.records(table, version).map(({ values }) => values as Values)
}

const PUBLISH = { from: 'leads@draft', to: 'leads@live', key: 'name' }

describe('copy_records', () => {
  it('copies the columns that both tables have, and says what it leaves out', async () => {
    const caller = open()
    const copy = { from: 'leads', to: 'people', key: ['name'] }
    const dry = await caller.call('copy_records', { ...copy, dry_run: true })
    expect(dry.data).toMatchObject({ would_insert: 2, inserts: { rows: expect.any(Array) } })
    expect(dry.data.notice).toContain('Not in "people" (DRAFT), so not copied: "phone".')
    expect(dry.data.notice).toContain('empty in new records: "city".')
    const { data } = await caller.call('copy_records', copy)
    expect(data).toMatchObject({
      inserted: 2,
      version: 'DRAFT',
      notice: expect.stringContaining('"phone"'),
    })
    expect(valuesOf('people')[0]).toEqual({ name: 'Ann', age: '30', email: SECRET, city: null })
  })

  it('reports values that do not fit, and duplicate keys, before it writes', async () => {
    const caller = open()
    emulator.tables.insert('people', [
      { name: 'Cid', age: 'old' },
      { name: 'Dee', age: '20' },
    ])
    const before = valuesOf('leads')
    const copy = { from: 'people', to: 'leads', key: ['name'] }
    const misfit = await caller.call('copy_records', copy)
    expect(misfit.data.error).toMatchObject({ code: 'INVALID_INPUT', field: 'from' })
    expect(misfit.text).toContain('1 record does not fit "leads" (DRAFT) in "age" (1)')
    expect(misfit.text).toContain('"Cid"')
    emulator.tables.insert('people', [{ name: 'Dee' }])
    const twice = await caller.call('copy_records', { ...copy, where: { name: 'Dee' } })
    expect(twice.data.error).toMatchObject({ code: 'INVALID_INPUT', field: 'key' })
    expect(twice.text).toContain('"Dee" (2 records)')
    const wrong = await caller.call('copy_records', { ...copy, key: ['nam'] })
    expect(wrong.data.error).toMatchObject({ field: 'key[0]', hint: 'Did you mean "name"?' })
    const same = await caller.call('copy_records', { ...copy, to: 'people@draft' })
    expect(same.text).toContain('are the same table')
    expect(valuesOf('leads')).toEqual(before)
  })

  it('does not empty a table because its source is empty', async () => {
    const caller = open()
    const call = { from: 'leads@live', to: 'leads@draft', key: 'name', delete: true }
    for (const where of [undefined, {}, { name: 'Ann' }]) {
      const { text } = await caller.call('copy_records', { ...call, where })
      expect(text).toContain('has no records')
    }
    expect(valuesOf('leads')).toHaveLength(2)
    emulator.tables.insert('leads', [{ name: 'Zoe' }], 'LIVE')
    const { data } = await caller.call('copy_records', { ...call, where: { name: 'Ann' } })
    expect(data).toMatchObject({ deleted: 1, deleted_keys: [['Ann']] })
  })

  it('neither copies nor blanks columns that are hidden or masked', async () => {
    const settings = { hideColumns: ['leads.email'], maskColumns: ['leads.phone'] }
    const caller = open(settings)
    emulator.tables.insert('leads', [{ name: 'Ann', email: 'kept', phone: 'kept', age: 1 }], 'LIVE')
    const dry = await caller.call('copy_records', { ...PUBLISH, dry_run: true })
    const done = await caller.call('copy_records', PUBLISH)
    const compared = await caller.call('compare_tables', { a: 'leads' })
    const elsewhere = await caller.call('copy_records', { ...PUBLISH, to: 'people' })
    for (const { whole, isError } of [dry, done, compared, elsewhere]) {
      expect(isError, whole).toBe(false)
      for (const secret of [SECRET, MASKED, 'leads.email']) expect(whole).not.toContain(secret)
    }
    for (const { whole } of [dry, done, compared]) expect(whole).not.toContain('email')
    expect(done.data.notice).toContain('hides or masks are not copied')
    expect(valuesOf('leads', 'LIVE')).toEqual([
      { name: 'Ann', email: 'kept', phone: 'kept', age: 30 },
      { name: 'Bob', email: null, phone: null, age: 40 },
    ])
    expect(valuesOf('people').map(({ email }) => email)).toEqual([null, null])
    for (const column of ['email', 'phone']) {
      for (const args of [{ key: [column] }, { columns: [column] }, { where: { [column]: 'x' } }]) {
        expect(await caller.call('copy_records', { ...PUBLISH, ...args })).toMatchObject({
          isError: true,
        })
        const { key, ...rest } = { key: undefined, ...args }
        const compare = { a: 'leads', ...rest, ...(key === undefined ? {} : { key }) }
        expect(await caller.call('compare_tables', compare)).toMatchObject({ isError: true })
      }
    }
  })

  it('treats a hidden table as missing, on either side', async () => {
    const caller = open({ tables: ['leads'] })
    for (const args of [{ from: 'people' }, { to: 'people' }]) {
      const { data } = await caller.call('copy_records', { ...PUBLISH, ...args })
      expect(data.error).toMatchObject({ code: 'NOT_FOUND' })
    }
    const { data } = await caller.call('compare_tables', { a: 'leads', b: 'people' })
    expect(data.error).toMatchObject({ code: 'NOT_FOUND' })
  })

  it('reports a rejected write by its key, and what was written', async () => {
    const caller = open()
    emulator.faults.add({ kind: 'status', status: 400, actions: ['INSERT'], times: 1 })
    const { data, whole } = await caller.call('copy_records', PUBLISH)
    expect(data, whole).toMatchObject({
      ...{ inserted: 1, rejected: 1, unknown: 0 },
      problems: [{ status: 'rejected', key: { name: expect.any(String) } }],
    })
    const again = await caller.call('copy_records', PUBLISH)
    expect(again.data).toMatchObject({ inserted: 1, unchanged: 1 })
    expect(valuesOf('leads', 'LIVE')).toHaveLength(2)
  })
})

describe('compare_tables', () => {
  it('lists every difference once over its pages, within the limit', async () => {
    const caller = open()
    const names = Array.from({ length: 300 }, (_, n) => `Lead ${n}`)
    emulator.tables.insert(
      'leads',
      names.map((name) => ({ name, phone: 'x'.repeat(50), age: 1 })),
    )
    emulator.tables.insert(
      'leads',
      names.map((name) => ({ name, age: 1 })),
      'LIVE',
    )
    const found: unknown[] = []
    let cursor: unknown
    let pages = 0
    do {
      const args = { a: 'leads', key: 'name', max_tokens: 4_000, ...(cursor ? { cursor } : {}) }
      const { data, whole } = await caller.call('compare_tables', args)
      expect(data.counts, whole).toMatchObject({ different: 300, only_in_a: 2, only_in_b: 0 })
      for (const kind of ['different', 'only_in_a'] as const) {
        const { rows = [] } = (data[kind] ?? {}) as { rows?: unknown[][] }
        found.push(...rows.map(([name]) => name))
      }
      cursor = data.next_cursor
      pages++
    } while (cursor !== undefined)
    expect(pages).toBeGreaterThan(1)
    expect(found).toEqual([...names, 'Ann', 'Bob'])
  })

  it('begins with a few records if the other side is empty', async () => {
    const caller = open()
    const names = Array.from({ length: 100 }, (_, n) => `Person ${n}`)
    emulator.tables.insert(
      'people',
      names.map((name) => ({ name })),
    )
    const found: unknown[] = []
    const sizes: number[] = []
    let cursor: unknown
    do {
      const { data } = await caller.call('compare_tables', { a: 'people', key: 'name', cursor })
      const { rows } = data.only_in_a as { rows: unknown[][] }
      found.push(...rows.map(([name]) => name))
      sizes.push(rows.length)
      cursor = data.next_cursor
    } while (cursor !== undefined)
    expect(found.toSorted()).toEqual(names.toSorted())
    expect(sizes[0]).toBeLessThan(60)
    expect(sizes).toHaveLength(2)
  })

  it('reports duplicate keys, and compares whole records without a key', async () => {
    const caller = open()
    emulator.tables.insert('leads', [{ name: 'Ann', age: 31 }])
    emulator.tables.insert(
      'leads',
      [
        { name: 'Ann', age: 31 },
        { name: 'Bob', age: 40 },
      ],
      'LIVE',
    )
    const keyed = await caller.call('compare_tables', { a: 'leads', key: 'name', columns: 'age' })
    expect(keyed.data).toMatchObject({
      counts: { a: 3, b: 2, equal: 1, different: 0, duplicate_keys: 1 },
      duplicate_keys: { columns: ['name', 'a', 'b'], rows: [['Ann', 2, 1]] },
    })
    emulator.tables.insert('leads', [{ name: 'Bob', age: 31 }])
    const whole = await caller.call('compare_tables', { a: 'leads', columns: ['age'] })
    expect(whole.data).toMatchObject({ key: [], notice: expect.stringContaining('whole records') })
  })

  it('compares two tables in the columns that both have', async () => {
    const caller = open()
    emulator.tables.insert('people', [{ name: 'Ann', age: '30', email: SECRET }])
    const { data } = await caller.call('compare_tables', { a: 'leads', b: 'people' })
    expect(data).toMatchObject({
      ...{ a: 'leads (DRAFT)', b: 'people (DRAFT)', key: ['name'] },
      counts: { equal: 1, only_in_a: 1 },
    })
    expect(data.notice).toContain('Only in one table, so not compared: "phone", "city".')
    expect(data.notice).toContain('Compared as the type of b: "age".')
  })
})
