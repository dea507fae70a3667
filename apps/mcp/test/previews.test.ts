import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { countTokens as countOlder } from 'gpt-tokenizer/encoding/cl100k_base'
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Settings } from '../src/settings.ts'
import { makeFolder } from './fixture.ts'
import { type Caller, openCaller, type SessionResult } from './session.ts'

const CITIES = ['Ghent', 'Gent', 'GENT']
const table = 'stores'

interface Section {
  readonly new_values?: unknown
  readonly old_values?: unknown
  readonly columns: string[]
  readonly rows: unknown[][]
}

let emulator: Emulator
const callers: Caller[] = []

beforeAll(async () => {
  emulator = await startEmulator({
    tables: [
      {
        name: table,
        columns: [
          { name: 'city', type: 'text' },
          { name: 'name', type: 'text' },
          { name: 'phone', type: 'text' },
          { name: 'about', type: 'text' },
          { name: 'open', type: 'bool' },
        ],
        records: Array.from({ length: 120 }, (_, n) => ({
          city: CITIES[n % 3] ?? '',
          name: `Store ${n + 1}`,
          phone: `+32 9 ${200 + n} ${10 + (n % 80)} ${99 - (n % 80)}`,
          about: `${'Open every day. '.repeat(20)}Ask for ${n}. ${'Closed at noon. '.repeat(20)}`,
          open: n % 2 === 0,
        })),
      },
    ],
  })
})

beforeEach(() => emulator.reset())
afterEach(() => Promise.all(callers.splice(0).map((caller) => caller.close())))
afterAll(() => emulator.close())

function open(settings: Partial<Settings> = {}): Caller {
  const caller = openCaller(emulator, settings, { XDG_STATE_HOME: makeFolder() })
  callers.push(caller)
  return caller
}

/** New phone numbers for this many stores. */
function newPhones(count: number) {
  return stored()
    .slice(0, count)
    .map(({ name, phone }) => ({ name, phone: String(phone).replaceAll(' ', '') }))
}

function stored() {
  return emulator.tables.records(table).map(({ values }) => values)
}

function section({ data }: SessionResult, name: 'updates' | 'inserts' | 'deletes'): Section {
  return data[name] as Section
}

describe('a preview', () => {
  it('of 30 changed phones takes less than 1,000 tokens, refused or not', async () => {
    const caller = open()
    const args = { table, key: 'name', records: newPhones(30) }
    const refused = await caller.call('upsert_records', args)
    const previewed = await caller.call('upsert_records', { ...args, dry_run: true })
    for (const answer of [refused, previewed]) {
      const whole = JSON.stringify(answer.data)
      expect(countTokens(whole)).toBeLessThan(1_000)
      expect(countOlder(whole)).toBeLessThan(1_000)
      expect(answer.data.would_update).toBe(30)
      expect(section(answer, 'updates').columns).toEqual(['name', 'phone', 'phone (new)'])
      expect(section(answer, 'updates').rows).toHaveLength(30)
      expect(answer.text).toContain('+3292001099')
    }
    expect(refused.text).toContain('"Store 1": phone "+32 9 200 10 99" -> "+3292001099"')
    expect(countTokens(refused.text)).toBeLessThan(1_000)
    expect(countOlder(refused.text)).toBeLessThan(1_000)
  })

  it('of one new value for many records counts the old ones', async () => {
    const caller = open()
    const where = { city: { in: ['Gent', 'GENT'] }, name: { startsWith: 'Store 1' } }
    const set = { city: 'Ghent', open: true }
    const answer = await caller.call('update_records', { table, where, set, dry_run: true })
    expect(section(answer, 'updates')).toMatchObject({
      new_values: set,
      old_values: {
        city: [
          ['Gent', 10],
          ['GENT', 10],
        ],
        open: [[false, 10]],
      },
      columns: ['name', 'city'],
    })
    const emptied = await caller.call('update_records', {
      ...{ table, where, set: { phone: '0' }, dry_run: true },
    })
    expect(section(emptied, 'updates')).toMatchObject({
      new_values: { phone: '0' },
      columns: ['name', 'phone'],
      rows: expect.arrayContaining([['Store 11', '+32 9 210 20 89']]),
    })
    expect(section(emptied, 'updates')).not.toHaveProperty('old_values')
  })

  it('of long texts shows the part that differs', async () => {
    const [first] = stored()
    const about = String(first?.about).replace('Ask for 0', 'Ask Ann')
    const answer = await open().call('update_records', {
      ...{ table, where: { name: 'Store 1' }, set: { about }, dry_run: true },
    })
    const [row = []] = section(answer, 'updates').rows
    expect(row[1]).toBe('…Open every day. Ask for 0. Closed at noon. Cl…')
    expect(row[2]).toBe('…Open every day. Ask Ann. Closed at noon. Cl…')
  })

  it('shows each kind of change in a table of its own', async () => {
    const caller = open()
    const records = [
      { name: 'Store 1', open: false },
      { name: 'Store 2', phone: '1', open: true },
      { name: 'New', city: 'Lier' },
    ]
    const args = { table, key: 'name', records, dry_run: true }
    const answer = await caller.call('upsert_records', args)
    expect(answer.data).toMatchObject({ would_update: 2, would_insert: 1 })
    expect(section(answer, 'updates')).toEqual({
      columns: ['name', 'column', 'old', 'new'],
      rows: [
        ['Store 1', 'open', true, false],
        ['Store 2', 'phone', '+32 9 201 11 98', '1'],
        ['Store 2', 'open', false, true],
      ],
    })
    expect(section(answer, 'inserts')).toEqual({
      columns: ['city', 'name'],
      rows: [['Lier', 'New']],
    })
  })

  it('has a cursor for the rest, with the token or the arguments', async () => {
    const caller = open()
    const args = { table, all: true, set: { phone: '0' } }
    const before = stored()
    const first = await caller.call('update_records', args)
    const { confirm_token } = first.data
    for (const next of [{ confirm_token }, { ...args, dry_run: true }]) {
      const names = section(first, 'updates').rows.map(([name]) => name)
      let cursor = first.data.next_cursor
      let pages = 1
      for (; cursor !== undefined; pages++) {
        const page = await caller.call('update_records', { ...next, cursor })
        expect(page.isError, page.text).toBe(false)
        expect(page.data.notice).toContain('nothing was written')
        if ('confirm_token' in next) expect(page.data.confirm_token).toBe(confirm_token)
        names.push(...section(page, 'updates').rows.map(([name]) => name))
        cursor = page.data.next_cursor
      }
      expect(pages).toBeGreaterThan(2)
      expect(names).toEqual(before.map(({ name }) => name))
      expect(stored()).toEqual(before)
    }
    const done = await caller.call('update_records', { confirm_token })
    expect(done.data).toMatchObject({ updated: 120 })
    const again = await caller.call('update_records', { cursor: first.data.next_cursor, ...args })
    expect(again.data.error).toMatchObject({ field: 'cursor' })
  })

  it('of a file has the totals of all rows, and the changes of the first ones', async () => {
    const folder = makeFolder()
    const rows = Array.from(
      { length: 600 },
      (_, n) => `Store ${n + 1},${n < 110 ? 'Lier' : 'Mons'}`,
    )
    writeFileSync(join(folder, 'rows.csv'), `name,city\n${rows.join('\n')}\n`)
    const caller = open({ files: [folder] })
    const args = { table, file: 'rows.csv', mode: 'upsert', key: 'name' }
    const answer = await caller.call('import_file', args)
    expect(answer.data).toMatchObject({ would_update: 120, would_insert: 480, read: 600 })
    expect(section(answer, 'updates').columns).toEqual(['name', 'city', 'city (new)'])
    expect(section(answer, 'updates').rows[0]).toEqual(['Store 1', 'Ghent', 'Lier'])
    expect(answer.text).toContain('its first 500 rows')
    expect(answer.text).toContain(`(${600 - section(answer, 'updates').rows.length} more)`)
    const existing = { ...args, mode: 'skip-existing', dry_run: true }
    const added = await caller.call('import_file', existing)
    expect(added.data).toMatchObject({ would_insert: 480 })
    expect(section(added, 'inserts').rows[0]).toEqual(['Mons', 'Store 121'])
    const { confirm_token } = answer.data
    const done = await caller.call('import_file', { confirm_token })
    expect(done.data).toMatchObject({ updated: 120, inserted: 480 })
  })

  it('shows neither hidden nor masked values', async () => {
    const caller = open({ hideColumns: ['stores.about'], maskColumns: ['stores.phone'] })
    const rows = Array.from({ length: 25 }, (_, n) => ({ name: `New ${n}`, phone: '+1 234' }))
    const answers = [
      await caller.call('delete_records', { table, all: true }),
      await caller.call('update_records', { table, all: true, set: { city: 'x' } }),
      await caller.call('insert_records', { table, records: rows }),
    ]
    for (const { whole, data } of answers) {
      expect(data).toHaveProperty('confirm_token')
      expect(whole).not.toMatch(/about|every day|\+32 9|\+1 234/)
    }
    expect(answers[2]?.whole).toContain('[masked]')
  })
})

describe('names of records', () => {
  const text = 'text'
  /** Columns, records, and how a preview of their deletion names them. */
  const TABLES: readonly (readonly [
    string,
    readonly string[],
    readonly (readonly unknown[])[],
    readonly string[],
    readonly unknown[],
  ])[] = [
    [
      'a name',
      ['city', 'name'],
      [
        ['Ghent', 'A'],
        ['Lier', 'B'],
      ],
      ['name'],
      ['A'],
    ],
    [
      'a title',
      ['body', 'title'],
      [
        ['x', 'A'],
        ['y', 'B'],
      ],
      ['title'],
      ['A'],
    ],
    [
      'a name in another language',
      ['stad', 'naam'],
      [
        ['x', 'A'],
        ['y', 'B'],
      ],
      ['naam'],
      ['A'],
    ],
    [
      'a compound name',
      ['body', 'storeName'],
      [
        ['x', 'A'],
        ['y', 'B'],
      ],
      ['storeName'],
      ['A'],
    ],
    [
      'the first telling text',
      ['a', 'b'],
      [
        ['x', '1'],
        ['x', '2'],
      ],
      ['b'],
      ['1'],
    ],
    [
      'short texts, not long ones',
      ['a', 'b'],
      [
        ['x'.repeat(90), '1'],
        ['y'.repeat(90), '2'],
      ],
      ['b'],
      ['1'],
    ],
    [
      'filled columns',
      ['name', 'b'],
      [
        [null, '1'],
        [null, '2'],
      ],
      ['b'],
      ['1'],
    ],
    ['an id where names repeat', ['name'], [['A'], ['A'], ['B']], ['name', 'id'], ['A', 'id']],
    ['an id where there is no name', ['name'], [[null]], ['id'], ['id']],
  ]

  it.each(TABLES)('are taken from %s', async (_what, columns, rows, named, first) => {
    const name = 'names'
    emulator.tables.create({
      name,
      columns: columns.map((column) => ({ name: column, type: text })),
      records: rows.map((row) =>
        Object.fromEntries(columns.map((column, index) => [column, row[index] as string])),
      ),
    })
    const answer = await open().call('delete_records', { table: name, all: true, dry_run: true })
    const { columns: shown, rows: all } = section(answer, 'deletes')
    expect(shown.slice(0, named.length)).toEqual(named)
    const [{ id } = { id: '' }] = emulator.tables.records(name)
    const expected = first.map((value) => (value === 'id' ? id : value))
    expect(all[0]?.slice(0, named.length)).toEqual(expected)
    if (rows.length === 3) expect(all[2]?.[1]).toBeNull()
  })
})
