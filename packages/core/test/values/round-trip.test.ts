/** Values through the whole client and the emulator and back, for each column type and dialect. */
import { COLUMN_TYPES } from '@chatlayer-tables/contract'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Client, createClient, NotExpressibleError, type Values } from '../../src/index.ts'
import { SAMPLES } from './arbitraries.ts'

/** Column names that must be nothing special. */
const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'id', 'or', 'my "column"']

const seed = Math.floor(Math.random() * 2 ** 31)

let emulator: Emulator
let client: Client

beforeAll(async () => {
  emulator = await startEmulator({
    tables: [
      { name: 'types', columns: COLUMN_TYPES.map((type) => ({ name: type, type })) },
      { name: 'names', columns: NAMES.map((name) => ({ name, type: 'text' })) },
    ],
  })
  const { token, url: baseUrl, teamId, botId } = emulator
  client = createClient({ token, baseUrl, teamId, botId })
})

beforeEach(() => emulator.reset())

afterAll(async () => {
  await client.close()
  await emulator.close()
})

describe.each([
  { intForm: 'number', numericForm: 'string' },
  { intForm: 'string', numericForm: 'number' },
] as const)('with $intForm ints and $numericForm numerics', (dialect) => {
  test.each(COLUMN_TYPES)(`%s comes back as it went (seed ${seed})`, async (type) => {
    emulator.setDialect(dialect)
    const samples = fc.sample(SAMPLES[type], { numRuns: 200, seed })
    const table = await client.table('types')
    const rows = samples.map(({ written }) => Object.fromEntries([[type, written]]) as Values)

    const report = await table.insertMany(rows, { inFlight: 1 })
    expect(report).toMatchObject({ total: rows.length, ok: rows.length })

    const records = await table.records().toArray()
    expect(records).toHaveLength(rows.length)
    for (const [index, { written, read }] of samples.entries()) {
      const value = records[index]?.values[type]
      // A JSON number states nothing of its scale.
      const scaled = type === 'numeric' && dialect.numericForm === 'number'
      expect({ written, read: scaled ? unscaled(value) : value }).toEqual({
        written,
        read: scaled ? unscaled(read) : read,
      })
    }
  })
})

function unscaled(decimal: unknown): unknown {
  if (typeof decimal !== 'string' || !decimal.includes('.')) return decimal
  return decimal.replace(/0+$/, '').replace(/\.$/, '')
}

test('any value can be found by itself', async () => {
  const table = await client.table('types')
  for (const type of COLUMN_TYPES) {
    emulator.reset()
    const samples = fc.sample(SAMPLES[type], { numRuns: 15, seed })
    for (const { written, read } of samples) {
      await table.insert(Object.fromEntries([[type, written]]) as Values)
      const where = { [type]: { eq: written } } as never
      const found = await table.records({ where }).toArray()
      expect({ written, found: found.map(({ values }) => values[type]) }).toEqual({
        written,
        found: expect.arrayContaining([read]),
      })
    }
  }
})

test('columns may have any name', async () => {
  const table = await client.table('names')
  const row = Object.fromEntries(NAMES.map((name) => [name, `value of ${name}`])) as Values
  const { id } = await table.insert(row)
  const [record] = await table.records().toArray()
  expect(Object.entries(record?.values ?? {})).toEqual(Object.entries(row))
  expect(Object.getPrototypeOf(record?.values)).toBe(Object.prototype)

  for (const name of NAMES) {
    const where = Object.fromEntries([[`"${name}"`, `value of ${name}`]])
    const select = [`"${name}"`]
    const [found, ...others] = await table.records({ where, select, sort: `"${name}"` }).toArray()
    expect(others).toEqual([])
    expect(found?.id).toBe(id)
    expect(Object.entries(found?.values ?? {})).toEqual([[name, `value of ${name}`]])
  }
})

describe('null and the empty string', () => {
  async function writeBoth(nullEncoding: 'omit' | 'empty' | 'word' | 'json') {
    emulator.setDialect({ nullEncoding })
    const { token, url: baseUrl, teamId, botId } = emulator
    const configured = createClient({ token, baseUrl, teamId, botId, dialect: { nullEncoding } })
    const table = await configured.table('types')
    const report = await table.insertMany([{ text: null }, { text: '' }, { text: 'null' }], {
      inFlight: 1,
    })
    const values = (await table.records().toArray()).map((record) => record.values.text)
    await configured.close()
    return { report, values }
  }

  test.each(['omit', 'json'] as const)('are two things under %s', async (nullEncoding) => {
    const { report, values } = await writeBoth(nullEncoding)
    expect(report.ok).toBe(3)
    expect(values).toEqual([null, '', 'null'])
  })

  test.each([
    ['empty', 1, [null, 'null']],
    ['word', 2, [null, '']],
  ] as const)('under %s the one that would be taken for null is rejected', async (...given) => {
    const [nullEncoding, rejected, expected] = given
    const { report, values } = await writeBoth(nullEncoding)
    expect(values).toEqual(expected)
    expect(report.problems).toHaveLength(1)
    expect(report.problems[0]).toMatchObject({ status: 'rejected', index: rejected })
    const [problem] = report.problems
    if (problem?.status !== 'rejected') throw new Error('expected a rejection')
    expect(problem.error).toBeInstanceOf(NotExpressibleError)
  })
})
