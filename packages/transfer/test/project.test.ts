/** Projects against an emulator: what is planned, refused, written and checked. */
import { readdirSync } from 'node:fs'
import type { Values } from '@chatlayer-tables/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PlanAgedError, PlanBlockedError, parsePlanFile, planFileOf } from '../src/project/index.ts'
import { ProjectSetup } from './project-setup.ts'

const COLUMNS = [
  { name: 'code', type: 'text' },
  { name: 'name', type: 'text' },
  { name: 'size', type: 'numeric' },
  { name: 'hours', type: 'jsonb' },
]

let setup: ProjectSetup

beforeEach(async () => {
  setup = await ProjectSetup.start([
    { name: 'stores', columns: COLUMNS },
    { name: 'regions', columns: [{ name: 'code', type: 'text' }] },
  ])
})

afterEach(() => setup[Symbol.asyncDispose]())

function rowOf(n: number): Values {
  return { code: `c${n}`, name: `name ${n}`, size: `${n}.50`, hours: { n } }
}

function rows(count: number): Values[] {
  return Array.from({ length: count }, (_, n) => rowOf(n))
}

function file(records: readonly Values[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('')
}

const TWO = `
syncs:
  publish:
    from: stores@draft
    to: stores@live
    key: code
    delete: true
  stores:
    from: stores.ndjson
    to: stores@draft
    key: code
    delete: true
`

describe('a plan', () => {
  it('is what apply writes, in the order of what depends on what', async () => {
    setup.put('stores', rows(5))
    setup.put('stores', [rowOf(3), rowOf(9)], 'LIVE')
    setup.files.set('stores.ndjson', file([...rows(3), { ...rowOf(3), name: 'new' }, rowOf(7)]))
    const plan = await setup.plan(TWO)
    expect(plan.status).toBe('changes')
    expect(plan.syncs.map(({ name, counts, after }) => [name, counts, after])).toEqual([
      ['stores', { inserts: 1, updates: 1, deletes: 1, extra: 0, same: 3 }, []],
      ['publish', { inserts: 4, updates: 1, deletes: 1, extra: 0, same: 0 }, ['stores']],
    ])
    expect(plan.syncs[0]?.examples).toMatchObject([
      { change: 'insert', values: { code: 'c7' } },
      { change: 'update', key: { code: 'c3' }, before: { name: 'name 3' }, after: { name: 'new' } },
      { change: 'delete', values: { code: 'c4' } },
    ])
    expect(setup.intents).toEqual([])
    const report = await setup.apply(TWO)
    expect(report).toMatchObject({ finished: true, ok: true, left: [], checks: [] })
    expect(
      report.syncs.map(({ name, report: { inserted, updated, deleted } }) => [
        name,
        inserted,
        updated,
        deleted,
      ]),
    ).toEqual([
      ['stores', 1, 1, 1],
      ['publish', 4, 1, 1],
    ])
    expect(setup.contents('stores', 'LIVE')).toEqual(setup.contents('stores'))
    expect((await setup.plan(TWO)).status).toBe('same')
    expect(await setup.apply(TWO)).toMatchObject({
      job: undefined,
      finished: true,
      ok: true,
      syncs: [],
    })
    expect(readdirSync(setup.folder)).toEqual(['jobs'])
  })
})

describe('limits', () => {
  const limited = (limits: string) =>
    TWO.replace('delete: true\n  stores', `delete: true\n    limits: ${limits}\n  stores`)

  it.each([
    [
      '{ deletes: 1 }',
      'the sync "publish" would delete 2 records of stores@live; its limit of deletes is 1',
    ],
    [
      '{ changes: 50% }',
      'the sync "publish" would change 5 records of stores@live; its limit of changes is 50%, which are 1',
    ],
  ])('%s of the second sync stop before the first write', async (limits, message) => {
    setup.put('stores', [rowOf(8), rowOf(9), rowOf(0)], 'LIVE')
    setup.files.set('stores.ndjson', file(rows(4)))
    const text = limited(limits)
    expect((await setup.plan(text)).blocked.map((each) => each.message)).toEqual([message])
    await expect(setup.apply(text)).rejects.toThrow(PlanBlockedError)
    expect(setup.intents).toEqual([])
    expect(await setup.store.list()).toEqual([])
    const name = limits.includes('deletes') ? 'deletes' : 'changes'
    const allow = [{ sync: 'publish', limit: name, records: 5 }] as const
    expect((await setup.apply(text, { allow })).ok).toBe(true)
  })

  it('of percentages do not keep an empty table empty', async () => {
    setup.files.set('stores.ndjson', file(rows(4)))
    expect((await setup.apply(limited('{ changes: 10% }'))).ok).toBe(true)
  })
})

describe('checks', () => {
  it('are evaluated on what a table will hold, before the first write', async () => {
    setup.put('stores', rows(5))
    setup.put('regions', [{ code: 'c0' }])
    setup.files.set('stores.ndjson', file(rows(2)))
    const text = `${TWO}
checks:
  stores:
    - count(*) > 4
    - count(*) = count(distinct code)
    - not exists (select 1 from stores where name is null)
    - size < 1
    - code in (select code from regions)
    - max(size) is null
    - sum(null)
  regions: "count(*) = 1"
`
    const error: unknown = await setup.apply(text).catch((error: unknown) => error)
    if (!(error instanceof PlanBlockedError)) throw error
    const { plan } = error
    expect(plan.status).toBe('blocked')
    expect(plan.checks.map(({ ok, on, found }) => [ok, on, found])).toEqual([
      [false, 'planned', 'count(*) is 2'],
      [true, 'planned', undefined],
      [true, 'planned', undefined],
      [false, 'planned', '1 record does not meet it'],
      [false, 'planned', '1 record does not meet it'],
      [false, 'planned', undefined],
      [false, 'planned', undefined],
      [true, 'live', undefined],
    ])
    expect(error.message).toContain('count(*) > 4 (count(*) is 2)')
    expect(setup.intents).toEqual([])
  })

  it('are evaluated again at the end', async () => {
    setup.files.set('stores.ndjson', file(rows(2)))
    const report = await setup.apply(`${TWO}
checks: { stores: ["count(*) = 2"], "stores@live": "count(*) = 2" }`)
    expect(report.checks).toMatchObject([
      { table: 'stores', ok: true, on: 'live' },
      { table: 'stores@live', ok: true, on: 'live' },
    ])
  })

  it('that are not conditions are named with their place', async () => {
    setup.files.set('stores.ndjson', file(rows(2)))
    await expect(
      setup.plan(`${TWO}
checks:
  stores:
    - count(*) >
    - nme is not null
`),
    ).rejects.toThrow(
      /^chatlayer.yaml:16:7 \(checks.stores\[0\]\): .*\nchatlayer.yaml:17:7 \(checks.stores\[1\]\): .*no column "nme" \(column 1 of the check\).*Did you mean "name"\?$/,
    )
  })
})

describe('the schema', () => {
  it('names each column that drifted, and stops an apply', async () => {
    setup.files.set('stores.ndjson', file(rows(2)))
    const text = `${TWO}
schema:
  stores: { code: text, title: text, size: int, hours: jsonb }
`
    const plan = await setup.plan(text)
    expect(plan.blocked.map(({ kind, message }) => [kind, message])).toEqual([
      ['drift', '"stores" has no column "title" (text); it may be "name" now'],
      ['drift', 'the column "size" of "stores" is numeric, not int'],
      ['drift', '"stores" has a column "name" (text) that is not expected'],
    ])
    await expect(setup.apply(text)).rejects.toThrow(PlanBlockedError)
    expect(setup.intents).toEqual([])
  })
})

describe('a kept plan', () => {
  async function kept(text = TWO) {
    const plan = planFileOf(await setup.plan(text))
    return parsePlanFile(JSON.stringify(plan), 'plan.json')
  }

  beforeEach(() => {
    setup.put('stores', [rowOf(0), rowOf(8)])
    setup.files.set('stores.ndjson', file(rows(4)))
  })

  it('is applied where nothing has changed', async () => {
    expect((await setup.apply(TWO, { plan: await kept() })).ok).toBe(true)
    expect(setup.contents('stores', 'LIVE')).toHaveLength(4)
  })

  it.each([
    [
      'the source',
      () => setup.files.set('stores.ndjson', file(rows(5))),
      ['the source stores.ndjson (sync "stores")', 'the source stores@draft (sync "publish")'],
    ],
    [
      'the order of the source',
      () => setup.files.set('stores.ndjson', file(rows(4).reverse())),
      [],
    ],
    [
      'a record of the table',
      () => setup.put('stores', [rowOf(2)], 'LIVE'),
      ['the table stores@live (sync "publish")'],
    ],
  ])('knows when %s changed', async (_, change, changed) => {
    const plan = await kept()
    change()
    const applied = setup.apply(TWO, { plan })
    if (changed.length === 0) {
      expect((await applied).ok).toBe(true)
      return
    }
    const error = await applied.catch((error: unknown) => error)
    expect(error).toBeInstanceOf(PlanAgedError)
    expect((error as PlanAgedError).changed).toEqual(changed)
    expect(setup.intents).toEqual([])
  })

  it('is refused for another project, and when it is old', async () => {
    const plan = await kept()
    const other = TWO.replace('delete: true', 'delete: false')
    await expect(setup.apply(other, { plan })).rejects.toThrow('chatlayer.yaml has changed')
    await expect(setup.apply(TWO, { plan, maxPlanAgeMs: -1 })).rejects.toThrow('longer ago')
    // Comments and blank lines are not part of a project.
    expect((await setup.apply(`# new\n${TWO}\n`, { plan })).ok).toBe(true)
  })
})

describe('rows of the source', () => {
  it('are renamed, computed and selected', async () => {
    setup.files.set(
      'shops.csv',
      [
        'Store code,first,last,size,opening,junk',
        'A,Ann,Bee,"1,50","{""n"": 1}",x',
        'B,Bob,Cee,"2,25",,y',
        'C,,,9,,z',
      ].join('\n'),
    )
    const text = `
syncs:
  shops:
    from: { file: shops.csv, decimal: "," }
    to: stores@draft
    key: code
    columns: { "Store code": code, opening: hours, junk: null }
    transform: { name: "first || ' ' || last", size: "size * 2" }
    where: first is not null
`
    const report = await setup.apply(text)
    expect(report.ok).toBe(true)
    expect(setup.emulator.tables.records('stores', 'DRAFT').map(({ values }) => values)).toEqual([
      { code: 'A', name: 'Ann Bee', size: '3', hours: { n: 1 } },
      { code: 'B', name: 'Bob Cee', size: '4.5', hours: null },
    ])
    expect((await setup.plan(text)).status).toBe('same')
  })
})
