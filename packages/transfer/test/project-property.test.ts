/** What holds for every project: apply writes what the plan says, and then there is nothing to do. */
import { stringifyJson, type Values } from '@chatlayer-tables/core'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ProjectSetup } from './project-setup.ts'

const COLUMNS = [
  { name: 'code', type: 'text' },
  { name: 'name', type: 'text' },
  { name: 'size', type: 'numeric' },
  { name: 'is open', type: 'bool' },
  { name: 'hours', type: 'jsonb' },
]

let setup: ProjectSetup
let number = 0

beforeAll(async () => {
  setup = await ProjectSetup.start([])
})

afterAll(() => setup[Symbol.asyncDispose]())

const value = {
  name: fc.oneof(
    fc.constantFrom(null, '', 'null', '0', ' '),
    fc.string({ unit: 'grapheme', maxLength: 5 }),
  ),
  size: fc.oneof(
    fc.constantFrom(null, '0', '1.50', '9007199254740993.1'),
    fc.integer().map(String),
  ),
  'is open': fc.constantFrom(null, true, false),
  hours: fc.constantFrom(null, 1, 'x', {}, { a: null }, [1, [2]], 9007199254740993n),
}

const row: fc.Arbitrary<Values> = fc.record({
  code: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'A', ' a', ''),
  ...value,
})

const keyed = fc.uniqueArray(row, { maxLength: 8, selector: ({ code }) => code })
const anyRows = fc.array(row, { maxLength: 6 })

function lines(records: readonly Values[]): string {
  return records.map((record) => `${stringifyJson(record)}\n`).join('')
}

const sides = fc.oneof(
  fc.record({ key: fc.constant(true), source: keyed, draft: keyed, live: keyed }),
  fc.record({ key: fc.constant(false), source: anyRows, draft: anyRows, live: anyRows }),
)

it('a plan says what apply writes, of syncs that depend on each other', {
  timeout: 240_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(sides, fc.boolean(), async ({ key, source, draft, live }, isDeleting) => {
      // A file without rows has no columns.
      fc.pre(source.length > 0)
      const table = `t${++number}`
      setup.emulator.tables.create({ name: table, columns: COLUMNS })
      const texts = (records: readonly Values[]) =>
        records.map((each) => JSON.parse(stringifyJson(each)) as Values)
      setup.put(table, texts(draft))
      setup.put(table, texts(live), 'LIVE')
      setup.files.set('rows.ndjson', lines(source))
      const settings = `${key ? ', key: code' : ''}, delete: ${isDeleting}`
      const text = `
syncs:
  publish: { from: ${table}@draft, to: ${table}@live${settings} }
  rows: { from: rows.ndjson, to: ${table}@draft${settings} }
`
      const plan = await setup.plan(text)
      expect(plan.blocked).toEqual([])
      const report = await setup.apply(text)
      expect(report).toMatchObject({ finished: true, ok: true })
      const planned = plan.syncs.map(({ name, counts }) => [
        name,
        counts.inserts,
        counts.updates,
        counts.deletes,
      ])
      const written = report.syncs.map(({ name, report }) => [
        name,
        report.inserted,
        report.updated,
        report.deleted,
      ])
      expect(written).toEqual(plan.status === 'same' ? [] : planned)
      for (const [index, version] of (['DRAFT', 'LIVE'] as const).entries()) {
        expect(setup.contents(table, version)).toHaveLength(plan.syncs[index]?.recordsAfter ?? 0)
      }
      if (isDeleting) expect(setup.contents(table, 'LIVE')).toEqual(setup.contents(table))
      expect((await setup.plan(text)).status).toBe('same')
    }),
    { numRuns: 12 },
  )
})
