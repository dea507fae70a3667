/** Continues where an earlier process was interrupted: rows that it may have sent are searched for first. */
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  type Client,
  createClient,
  type EarlierInserts,
  type GatewayMoment,
  type Values,
} from '../../src/index.ts'

let emulator: Emulator
let client: Client

beforeEach(async () => {
  const columns = [
    { name: 'name', type: 'text' },
    { name: 'price', type: 'numeric' },
  ]
  emulator = await startEmulator({ tables: [{ name: 't', columns }] })
  const { url: baseUrl, token, teamId, botId } = emulator
  client = createClient({ baseUrl, token, teamId, botId })
})

afterEach(async () => {
  await client.close()
  await emulator.close()
})

/** The emulator dates its records by this machine's clock. */
function momentNow(): GatewayMoment {
  return { records: Date.now(), dates: undefined }
}

/** Puts a record in without the client, as the earlier process did. */
function written(values: Values): string {
  emulator.tables.insert('t', [values])
  return emulator.tables.records('t').at(-1)?.id ?? ''
}

function names(): unknown[] {
  return emulator.tables.records('t').map(({ values }) => values.name)
}

/** What is known of the earlier process; nothing but that it has been gone for a while. */
function earlier(known: Partial<EarlierInserts>): EarlierInserts {
  return {
    endedAt: performance.now() - 60_000,
    attempted: () => undefined,
    takenOf: () => new Set<string>(),
    anonymous: () => undefined,
    ...known,
  }
}

test('a row that was written is found, one that was not is sent, one never tried is just sent', async () => {
  const since = momentNow()
  const id = written({ name: 'a', price: '1.50' })
  const rows = ['a', 'b', 'c'].map((name) => ({ name, price: '1.5' }))
  const attempted = (index: number) => (index < 2 ? { moment: since } : undefined)
  const outcomes = new Map<number, string | undefined>()
  for await (const outcome of client
    .table('t')
    .insertMany(rows, { earlier: earlier({ attempted }) })) {
    expect(outcome.status).toBe('ok')
    outcomes.set(outcome.index, outcome.id)
  }
  expect(names().toSorted()).toEqual(['a', 'b', 'c'])
  expect(outcomes.get(0)).toBe(id)
})

test.each([0, 1, 2, 3])(
  'of three equal rows, %i were written: in the end there are three',
  async (count) => {
    const since = momentNow()
    for (let n = 0; n < count; n++) written({ name: 'twin', price: null })
    const rows = Array.from({ length: 3 }, () => ({ name: 'twin' }))
    const attempts = earlier({ attempted: () => ({ moment: since }) })
    const report = await client.table('t').insertMany(rows, { earlier: attempts })
    expect(report.ok).toBe(3)
    expect(names()).toEqual(['twin', 'twin', 'twin'])
  },
)

test('records of rows that are known to be written are not taken for others', async () => {
  const since = momentNow()
  const ids = [written({ name: 'twin' }), written({ name: 'twin' })]
  const attempts = earlier({
    attempted: () => ({ moment: since }),
    takenOf: (found) => new Set(found.filter((id) => ids.includes(id))),
  })
  await client.table('t').insertMany([{ name: 'twin' }], { earlier: attempts })
  expect(names()).toHaveLength(3)
})

test('nor are those that were written under unknown ids', async () => {
  const since = momentNow()
  written({ name: 'twin' })
  written({ name: 'twin' })
  const table = client.table('t')
  const anonymous = (count: number) => () => ({ count, since })
  const one = earlier({ attempted: () => ({ moment: since }), anonymous: anonymous(1) })
  await table.insertMany([{ name: 'twin' }], { earlier: one })
  expect(names()).toHaveLength(2)
  const both = earlier({ attempted: () => ({ moment: since }), anonymous: anonymous(2) })
  await table.insertMany([{ name: 'twin' }], { earlier: both })
  expect(names()).toHaveLength(3)
})

test('both are asked once for a search, and may be looked up elsewhere', async () => {
  const since = momentNow()
  for (let n = 0; n < 30; n++) written({ name: 'twin' })
  const ids = emulator.tables.records('t').map(({ id }) => id)
  const asked: (readonly string[])[] = []
  let counted = 0
  const attempts = earlier({
    attempted: () => ({ moment: since }),
    async takenOf(found) {
      asked.push(found)
      await new Promise(setImmediate)
      return new Set(ids)
    },
    async anonymous() {
      counted++
      await new Promise(setImmediate)
      return { count: 0, since }
    },
  })
  await client.table('t').insertMany([{ name: 'twin' }], { earlier: attempts })
  expect(names()).toHaveLength(31)
  // A search before the row is sent, and one after; each finds one page.
  expect(asked[0]?.toSorted()).toEqual(ids.toSorted())
  expect(asked.map(({ length }) => length)).toEqual([30, 31].slice(0, asked.length))
  expect(counted).toBe(asked.length)
})

test('a record that existed long before the attempt is not the row', async () => {
  written({ name: 'a' })
  const later = { records: Date.now() + 30_000, dates: undefined }
  const attempts = earlier({ attempted: () => ({ moment: later }) })
  await client.table('t').insertMany([{ name: 'a' }], { earlier: attempts })
  expect(names()).toEqual(['a', 'a'])
})

test('what the earlier process sent last is given the time to land', async () => {
  const since = momentNow()
  const attempts = earlier({ endedAt: performance.now(), attempted: () => ({ moment: since }) })
  const write = client
    .table('t')
    .insertMany([{ name: 'late' }], { earlier: attempts })
    .report()
  setTimeout(() => written({ name: 'late' }), 300)
  expect((await write).ok).toBe(1)
  expect(names()).toEqual(['late'])
})

test('rows that are only searched for are found or rejected, and none is sent', async () => {
  const since = momentNow()
  const ids = [written({ name: 'twin' }), written({ name: 'twin' })]
  const attempts = earlier({ attempted: () => ({ moment: since }), onlyLook: true })
  const rows = ['twin', 'twin', 'twin', 'absent'].map((name) => ({ name }))
  const found: (string | undefined)[] = []
  const errors: string[] = []
  for await (const outcome of client.table('t').insertMany(rows, { earlier: attempts })) {
    if (outcome.status === 'ok') found.push(outcome.id)
    else errors.push(outcome.error.code)
  }
  expect(found.toSorted()).toEqual(ids.toSorted())
  expect(errors).toEqual(['NOT_FOUND', 'NOT_FOUND'])
  // A later write of these rows then finds them as well, with the same client.
  const goingOn = earlier({ attempted: () => ({ moment: since }) })
  const twins = rows.slice(0, 2)
  await client.table('t').insertMany(twins, { earlier: goingOn })
  expect(names()).toEqual(['twin', 'twin'])
})
