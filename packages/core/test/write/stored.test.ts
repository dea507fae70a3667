/** Every value that a gateway stores differently from what was sent is reported. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Outcome, Values } from '../../src/index.ts'
import { startFakeGateway } from './fake-gateway.ts'

type Store = (values: Record<string, unknown>) => Record<string, unknown>

const upper: Store = (values) => ({ ...values, name: String(values.name).toUpperCase() })
const trim: Store = (values) => ({ ...values, name: String(values.name).trim() })
const empty: Store = (values) => ({ ...values, note: values.note === '' ? null : values.note })
const millis: Store = (values) => ({
  ...values,
  at: String(values.at).replace(/(\.\d{3})\d+/, '$1'),
})
const cents: Store = (values) => ({ ...values, price: Number(values.price).toFixed(2) })

const CASES: [string, Store, Values, object | undefined][] = [
  ['re-cased', upper, { name: 'a' }, { column: 'name', sent: 'a', stored: 'A' }],
  ['trimmed', trim, { name: ' a ' }, { column: 'name', sent: ' a ', stored: 'a' }],
  ['made null', empty, { name: 'a', note: '' }, { column: 'note', sent: '', stored: null }],
  [
    'cut to milliseconds',
    millis,
    { at: '2024-01-31T09:30:00.123456Z' },
    { column: 'at', sent: '2024-01-31T09:30:00.123456Z', stored: '2024-01-31T09:30:00.123Z' },
  ],
  ['rounded', cents, { price: '0.125' }, { column: 'price', sent: '0.125', stored: '0.13' }],
  ['in another form of the same value', cents, { price: '0.5' }, undefined],
  ['as it was sent', millis, { at: '2024-01-31T10:30:00+01:00' }, undefined],
]

describe.each(CASES)('a value %s', (_, store, row, difference) => {
  const stored = difference === undefined ? undefined : [difference]

  test('by an insert is part of the outcome, with the id of the record', async () => {
    await using gateway = await startFakeGateway({ store })
    const result = await gateway.table.insert(row)
    expect(result.id).toBe(gateway.records[0]?.id)
    expect(result.stored).toEqual(stored)
    const report = await gateway.table.insertMany([row])
    expect(report).toMatchObject({ ok: 1, storedOtherwise: stored === undefined ? 0 : 1 })
  })

  test('by an update is part of the outcome', async () => {
    await using gateway = await startFakeGateway({ store })
    const id = gateway.put({ name: 'x', note: 'x' })
    const [outcome] = await collect(gateway.table.updateById(id, row))
    expect(outcome).toMatchObject({ status: 'ok', id })
    expect(outcome?.status === 'ok' && outcome.stored).toEqual(stored)
  })

  test('by an update of a condition is part of each outcome', async () => {
    await using gateway = await startFakeGateway({ store })
    gateway.put({ name: 'x', note: 'old' })
    gateway.put({ name: 'y', note: 'old' })
    const outcomes = await collect(gateway.table.update({ note: 'old' }, row))
    expect(outcomes).toHaveLength(2)
    for (const outcome of outcomes) {
      expect(outcome.status === 'ok' && outcome.stored).toEqual(stored)
    }
  })
})

test('an upsert reports it for inserted and for updated records', async () => {
  await using gateway = await startFakeGateway({
    store: (values) => ({
      ...values,
      ...('note' in values && { note: String(values.note).trim() }),
    }),
  })
  gateway.put({ name: 'there', note: 'x' })
  const rows = ['there', 'new'].map((name) => ({ name, note: ' y ' }))
  const outcomes = await collect(gateway.table.upsert(rows, { key: 'name' }))
  const changes = outcomes.map(
    (outcome) => outcome.status === 'ok' && [outcome.change, outcome.stored],
  )
  const stored = [{ column: 'note', sent: ' y ', stored: 'y' }]
  expect(changes.toSorted()).toEqual([
    ['inserted', stored],
    ['updated', stored],
  ])
})

test('two records are never given to one row: an id that comes twice is not taken twice', async () => {
  await using gateway = await startFakeGateway()
  const first = await gateway.table.insert({ name: 'a' })
  const second = await gateway.table.insert({ name: 'a' })
  expect(first.id).not.toBe(second.id)
})

test('for any change of texts, exactly the changed columns are reported', async () => {
  const text = fc.string({ minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(text, text, text, text, async (name, note, keptName, keptNote) => {
      await using gateway = await startFakeGateway({
        store: () => ({ name: keptName, note: keptNote }),
      })
      const { id, stored = [] } = await gateway.table.insert({ name, note })
      expect(id).toBe(gateway.records[0]?.id)
      const expected = [
        ...(name === keptName ? [] : [{ column: 'name', sent: name, stored: keptName }]),
        ...(note === keptNote ? [] : [{ column: 'note', sent: note, stored: keptNote }]),
      ]
      expect(stored).toEqual(expected)
    }),
    { numRuns: 50 },
  )
})

async function collect<Row>(write: AsyncIterable<Outcome<Row>>): Promise<Outcome<Row>[]> {
  const outcomes: Outcome<Row>[] = []
  for await (const outcome of write) outcomes.push(outcome)
  return outcomes
}
