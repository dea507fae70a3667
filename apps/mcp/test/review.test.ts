/** Writes that a review decides. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Emulator } from '@chatlayer-tables/emulator'
import { openReviews } from '@chatlayer-tables/journal/reviews'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { DEFAULT_SETTINGS, type Settings } from '../src/settings.ts'
import type { ToolName } from '../src/tools/registry.ts'
import { makeFolder, startFixture } from './fixture.ts'
import { type Caller, openCaller } from './session.ts'

let emulator: Emulator
let state: string
const callers: Caller[] = []

beforeAll(async () => {
  emulator = await startFixture()
})

beforeEach(() => {
  emulator.reset()
  state = makeFolder()
})

afterEach(async () => {
  vi.useRealTimers()
  await Promise.all(callers.splice(0).map((caller) => caller.close()))
})

afterAll(() => emulator.close())

const REVIEW = { bulk: 'review', live: 'review', delete: 'review' } as const
const VIEWS = { showsViews: true }
const table = 'stores'

function open(settings: Partial<Settings> = {}): Caller {
  const caller = openCaller(
    emulator,
    { confirm: REVIEW, bulkThreshold: 2, ...settings },
    { XDG_STATE_HOME: state },
  )
  callers.push(caller)
  return caller
}

/** What `clt review` of this machine does. */
const reviews = () => openReviews(join(state, 'chatlayer-tables'))

const cityOf = (rank: number) =>
  emulator.tables.records(table).find(({ values }) => values.rank === rank)?.values.city
const stored = () =>
  JSON.stringify(emulator.tables.records(table).map(({ id, values }) => [id, values]))

const update = {
  table,
  where: { rank: { lt: 5 } },
  set: { city: 'Lier' },
  note: 'New address',
}

interface Waiting {
  readonly id: string
  readonly digest: string
}

async function waiting(
  caller: Caller,
  tool: ToolName,
  args: Record<string, unknown>,
  facts = {},
): Promise<Waiting> {
  const before = stored()
  const { isError, data, text } = await caller.call(tool, args, facts)
  expect(isError, text).toBe(false)
  expect(data).toMatchObject({ dry_run: true, review: { id: expect.any(String) } })
  expect(data).not.toHaveProperty('confirm_token')
  expect(stored()).toBe(before)
  return data.review as unknown as Waiting
}

describe('a write in a view', () => {
  it('is executed when its user approves it, and the change set states how', async () => {
    const caller = open()
    const { id, digest } = await waiting(caller, 'update_records', update, VIEWS)
    const { data: facts, nonce } = await caller.view('changes', { review: id })
    expect(facts).toMatchObject({
      title: 'update 5 records of "stores" (DRAFT)',
      review: { id, digest, state: 'pending', canTick: true, note: 'New address' },
      sets: [{ table, rows: 5, counts: { updated: 5 } }],
    })
    const { data: rows } = await caller.view('changeRows', {
      review: id,
      set: 0,
      offset: 1,
      limit: 2,
    })
    const city = facts.sets[0].columns.findIndex(({ name }: { name: string }) => name === 'city')
    expect(rows.rows).toMatchObject([
      { index: 1, kind: 'updated', changed: [city] },
      { index: 2, kind: 'updated', changed: [city] },
    ])
    expect([rows.rows[0].before[city], rows.rows[0].after[city]]).toEqual(['Ghent', 'Lier'])
    const { data: done } = await caller.view('approve', { review: id, digest, nonce, note: 'Fine' })
    expect(done).toMatchObject({
      state: 'done',
      counts: { updated: 5 },
      changeSets: [expect.any(String)],
    })
    expect([cityOf(4), cityOf(5)]).toEqual(['Lier', 'Ghent'])
    const { data } = await caller.call('list_changes', { table })
    expect(data.change_sets).toMatchObject([
      {
        change_set: done.changeSets[0],
        note: "New address (approved in the assistant's view: Fine)",
      },
    ])
    expect((await caller.view('changes', { review: id })).data.review).toMatchObject({
      state: 'done',
      result: done,
    })
  })

  it('is executed in part', async () => {
    const caller = open()
    const { id, digest } = await waiting(caller, 'update_records', update, VIEWS)
    const { nonce } = await caller.view('changes', { review: id })
    const { data } = await caller.view('approve', { review: id, digest, nonce, ticked: [[0, 3]] })
    expect(data).toMatchObject({ state: 'done', counts: { updated: 2 } })
    expect([0, 1, 2, 3, 4].map(cityOf)).toEqual(['Lier', 'Ghent', 'Ghent', 'Lier', 'Ghent'])
  })

  it('is not executed when its user declines, also not if the call is repeated', async () => {
    const caller = open()
    const { id } = await waiting(caller, 'update_records', update, VIEWS)
    const { nonce } = await caller.view('changes', { review: id })
    const { data } = await caller.view('decline', { review: id, nonce, note: 'Wrong city' })
    expect(data).toMatchObject({ state: 'declined' })
    for (const args of [update, { confirm_token: id }]) {
      const again = await caller.call('update_records', args, VIEWS)
      expect(again.data).toMatchObject({ error: { code: 'NOT_CONFIRMED' } })
      expect(again.text).toContain('Wrong city')
    }
    expect(cityOf(0)).toBe('Bruges')
  })
})

describe('a write without a view', () => {
  it.each(['confirm_token', 'the same call'])(
    'is executed by %s after clt has approved it',
    async (way) => {
      const caller = open()
      const { id, digest } = await waiting(caller, 'update_records', update)
      const args = way === 'confirm_token' ? { confirm_token: id } : update
      expect((await caller.call('update_records', args)).data).toMatchObject({
        dry_run: true,
        review: { id },
        notice: expect.stringContaining('still waits'),
      })
      const store = reviews()
      const ticked = [[1, 2]]
      await store.approve(id, { digest, ticked, note: 'Only these' }, { way: 'terminal' })
      const { data } = await caller.call('update_records', args)
      expect(data).toMatchObject({ updated: 2, notice: expect.stringContaining('Only these') })
      expect([0, 1, 2, 3].map(cityOf)).toEqual(['Bruges', 'Lier', 'Lier', 'Bruges'])
      expect(await store.find(id)).toMatchObject({
        state: 'done',
        result: { counts: { updated: 2 } },
      })
      const before = stored()
      const { data: again } = await caller.call('update_records', { confirm_token: id })
      expect(JSON.stringify(again)).toMatch(/Nothing was written (again|by this call)/)
      expect(stored()).toBe(before)
      await store.close()
    },
  )

  it('asks the user in the client if the client can, and not by tokens if it fails', async () => {
    const caller = open()
    const asking = { canAsk: true }
    const { question } = await caller.call('update_records', update, asking)
    const token = question?.token ?? ''
    const answer = { token, outcome: 'failed' as const }
    const { data } = await caller.call('update_records', update, { ...asking, answer })
    expect(data).toMatchObject({ dry_run: true, review: { id: expect.any(String) } })
    expect(data).not.toHaveProperty('confirm_token')
    const agreed = { token, outcome: 'agreed' as const }
    const done = await caller.call('update_records', update, { ...asking, answer: agreed })
    expect(done.data).toMatchObject({ updated: 5 })
  })

  it('gets no token by a dry run', async () => {
    const { data } = await open().call('update_records', { ...update, dry_run: true })
    expect(data).not.toHaveProperty('confirm_token')
    expect(data).not.toHaveProperty('review')
    expect(data.notice).toContain('the user will review it')
  })

  it('is not written where reviews cannot be stored', async () => {
    const caller = openCaller(emulator, { confirm: REVIEW }, { XDG_STATE_HOME: '/dev/null/none' })
    callers.push(caller)
    const args = { table, where: { rank: 1 } }
    const { data } = await caller.call('delete_records', args)
    expect(data).toMatchObject({ error: { code: 'CONFIGURATION' } })
    expect(emulator.tables.count(table)).toBe(60)
  })
})

/** Writes of three records or more, with the rows to tick and what is then written. */
const PARTS: [ToolName, Record<string, unknown>, Record<string, number>][] = [
  [
    'insert_records',
    { table, records: [1, 2, 3].map((n) => ({ name: `New ${n}`, rank: 100 + n })) },
    { inserted: 2 },
  ],
  [
    'upsert_records',
    {
      table,
      key: 'name',
      records: [
        { name: 'Store 1', rank: 7 },
        { name: 'Store 2', rank: 2 },
        { name: 'New 4' },
        { name: 'Store 3', rank: 8 },
      ],
    },
    { inserted: 1, updated: 1 },
  ],
  ['delete_records', { table, where: { rank: { lt: 3 } } }, { deleted: 2 }],
  [
    'update_records',
    { table, where: { rank: { lt: 3 } }, set_sql: { rank: 'rank + 1000' } },
    { updated: 2 },
  ],
]

describe.each(PARTS)('%s', (tool, args, counts) => {
  it('writes exactly the ticked rows', async () => {
    const caller = open()
    const { id, digest } = await waiting(caller, tool, args, VIEWS)
    const { nonce, data: facts } = await caller.view('changes', { review: id })
    expect(facts.review.canTick).toBe(true)
    const { data: page } = await caller.view('changeRows', {
      review: id,
      set: 0,
      offset: 0,
      limit: 10,
    })
    const { data } = await caller.view('approve', { review: id, digest, nonce, ticked: [[0, 1]] })
    expect(data, JSON.stringify(data)).toMatchObject({ state: 'done', counts })
    const after = stored()
    for (const { index, id: record, kind, after: values = [] } of page.rows) {
      const now = emulator.tables.records(table).find((one) => one.id === record)
      const isDone =
        kind === 'deleted'
          ? now === undefined
          : kind === 'inserted'
            ? after.includes(`"${values[0]}"`)
            : now?.values.rank === values[2]
      expect(isDone, `${index}`).toBe(index < 2)
    }
  })
})

describe.each(PARTS.slice(1))('%s', (tool, args) => {
  it('writes nothing once a ticked record has changed', async () => {
    const caller = open()
    const { id, digest } = await waiting(caller, tool, args, VIEWS)
    const { nonce, data: facts } = await caller.view('changes', { review: id })
    expect(facts.review.state).toBe('pending')
    const record = emulator.tables.records(table).find(({ values }) => values.rank === 1)
    await open({ confirm: DEFAULT_SETTINGS.confirm }).call('update_records', {
      table,
      ids: [record?.id],
      set: { city: 'Elsewhere' },
    })
    const before = stored()
    const all = [...Array(facts.sets[0].rows).keys()]
    const { data } = await caller.view('approve', { review: id, digest, nonce, ticked: [all] })
    expect(data).toMatchObject({ state: 'done', isOutdated: true })
    expect(stored()).toBe(before)
  })
})

describe('a write without parts', () => {
  const approvePart = async (caller: Caller, { id, digest }: Waiting, ticked?: number[][]) => {
    const { nonce, data: facts } = await caller.view('changes', { review: id })
    expect(facts.review.canTick).toBe(false)
    return (await caller.view('approve', { review: id, digest, nonce, ticked })).data
  }

  it('imports a file as a whole, if it is still the same', async () => {
    const files = makeFolder()
    const file = join(files, 'rows.csv')
    await writeFile(file, 'name,rank\nNew 1,1\nNew 2,2\nNew 3,3\n')
    const caller = open({ files: [files] })
    const args = { table, file: 'rows.csv' }
    const one = await waiting(caller, 'import_file', args, VIEWS)
    expect(await approvePart(caller, one, [[0]])).toMatchObject({ state: 'pending' })
    await writeFile(file, 'name,rank\nNew 1,1\nNew 2,2\nOther,3\n')
    expect(await approvePart(caller, one)).toMatchObject({ isOutdated: true })
    expect(emulator.tables.count(table)).toBe(60)
    const next = await waiting(caller, 'import_file', args, VIEWS)
    expect(next.id).not.toBe(one.id)
    expect(await approvePart(caller, next)).toMatchObject({ counts: { inserted: 3 } })
    expect(emulator.tables.count(table)).toBe(63)
  })

  it('copies records as a whole, if they are still the same', async () => {
    const caller = open({ allowLive: true })
    const args = { from: 'stores', to: 'stores@live', key: 'name', where: { rank: { lt: 3 } } }
    const one = await waiting(caller, 'copy_records', args, VIEWS)
    expect(await approvePart(caller, one, [[1]])).toMatchObject({ state: 'pending' })
    const other = open({ confirm: DEFAULT_SETTINGS.confirm })
    const set = { city: 'Elsewhere' }
    await other.call('update_records', { table, where: { rank: 1 }, set })
    expect(await approvePart(caller, one)).toMatchObject({ isOutdated: true })
    expect(emulator.tables.count(table, 'LIVE')).toBe(0)
    const next = await waiting(caller, 'copy_records', args, VIEWS)
    expect(await approvePart(caller, next)).toMatchObject({ counts: { inserted: 3 } })
    expect(emulator.tables.count(table, 'LIVE')).toBe(3)
  })
})

describe('a review whose records change before the decision', () => {
  it('is replaced by that of the next call', async () => {
    const caller = open()
    const one = await waiting(caller, 'update_records', update, VIEWS)
    expect((await waiting(caller, 'update_records', update, VIEWS)).id).toBe(one.id)
    const { nonce } = await caller.view('changes', { review: one.id })
    const other = open({ confirm: DEFAULT_SETTINGS.confirm })
    await other.call('update_records', { table, where: { rank: 2 }, set: { name: 'Renamed' } })
    const next = await waiting(caller, 'update_records', update, VIEWS)
    expect(next.id).not.toBe(one.id)
    const { id: review, digest } = one
    expect((await caller.view('approve', { review, digest, nonce })).data.state).toBe('expired')
    expect(cityOf(2)).toBe('Ghent')
  })
})

describe('an undo from a view', () => {
  it('waits for a review in every mode but block, and reverts what is ticked', async () => {
    const caller = open({ confirm: DEFAULT_SETTINGS.confirm, bulkThreshold: 20 })
    const { data: written } = await caller.call('update_records', update)
    const { change_set: changeSet } = written
    const { data: created } = await caller.view('previewUndo', { changeSet })
    expect(created).toMatchObject({ state: 'pending' })
    expect(cityOf(0)).toBe('Lier')
    const { nonce, data: facts } = await caller.view('changes', { review: created.review })
    const { digest } = facts.review
    const { data } = await caller.view('approve', {
      review: created.review,
      digest,
      nonce,
      ticked: [[1, 4]],
    })
    expect(data).toMatchObject({ state: 'done', counts: { undone: 2 } })
    // The last change is undone first.
    expect([0, 1, 2, 3, 4].map(cityOf)).toEqual(['Bruges', 'Lier', 'Lier', 'Bruges', 'Lier'])
    const blocked = open({
      confirm: { bulk: 'block', live: 'block', delete: 'block' },
      bulkThreshold: 0,
    })
    expect(await blocked.view('previewUndo', { changeSet })).toMatchObject({
      isError: true,
      data: { code: 'BLOCKED' },
    })
  })
})

describe('an approval', () => {
  const approveBy = (caller: Caller, { id, digest }: Waiting, nonce: unknown, facts = {}) =>
    caller.view('approve', { review: id, digest, nonce }, facts)

  it('by a guessed, used or older value, or that of another review, approves nothing', async () => {
    const caller = open()
    const one = await waiting(caller, 'update_records', update, VIEWS)
    const other = await waiting(caller, 'delete_records', { table, where: { rank: 9 } }, VIEWS)
    const before = stored()
    const openingOf = async ({ id }: Waiting) =>
      (await caller.view('changes', { review: id })).nonce
    const first = await openingOf(one)
    const ofOther = await openingOf(other)
    const latest = await openingOf(one)
    for (const nonce of [undefined, '', one.id, one.digest, first, ofOther, latest, latest]) {
      expect((await approveBy(caller, one, nonce)).data).toMatchObject({ state: 'pending' })
    }
    for (const given of [
      { digest: other.digest },
      { digest: '' },
      { ticked: [[5]] },
      { ticked: [[]] },
    ]) {
      const args = {
        ...{ review: one.id, digest: one.digest, nonce: await openingOf(one) },
        ...given,
      }
      expect((await caller.view('approve', args)).data).toMatchObject({ state: 'pending' })
    }
    expect(stored()).toBe(before)
  })

  it('by another caller, or a client without views, finds no review and no value', async () => {
    const caller = open()
    const ann = { principal: 'ann' }
    const own = await waiting(caller, 'update_records', update, { ...VIEWS, ...ann })
    const before = stored()
    const { nonce } = await caller.view('changes', { review: own.id }, ann)
    for (const facts of [{}, { principal: 'bob' }, { ...ann, showsViews: false }]) {
      for (const request of ['changes', 'changeRows', 'approve', 'decline']) {
        const params = {
          ...{ review: own.id, digest: own.digest, nonce },
          set: 0,
          offset: 0,
          limit: 5,
        }
        const reply = await caller.view(request, params, facts)
        expect(reply).toMatchObject({ isError: true, nonce: undefined })
      }
      const { data } = await caller.call(
        'update_records',
        { confirm_token: own.id },
        { ...facts, ...(facts === ann ? {} : { principal: 'bob' }) },
      )
      expect(data).toHaveProperty('error')
    }
    expect(stored()).toBe(before)
    expect((await approveBy(caller, own, nonce, ann)).data).toMatchObject({ state: 'done' })
  })

  it.each([
    ['minutes after the page was opened', 3.1, 'pending'],
    ['long after the preview', 31, 'expired'],
    ['with a clock that was set back', -60, 'expired'],
  ])('%s approves nothing', async (_when, minutes, state) => {
    const caller = open()
    vi.useFakeTimers({ toFake: ['Date'] })
    const one = await waiting(caller, 'update_records', update, VIEWS)
    const { nonce } = await caller.view('changes', { review: one.id })
    const before = stored()
    vi.setSystemTime(Date.now() + minutes * 60_000)
    expect((await approveBy(caller, one, nonce)).data).toMatchObject({ state })
    expect(stored()).toBe(before)
  })

  it('of two at once executes once', async () => {
    const callers = [open(), open()] as const
    const args = { table, records: [1, 2, 3].map((n) => ({ name: `Twice ${n}` })) }
    const one = await waiting(callers[0], 'insert_records', args, VIEWS)
    const { nonce } = await callers[0].view('changes', { review: one.id })
    await Promise.all([
      ...callers.map((caller) => approveBy(caller, one, nonce)),
      ...callers.map((caller) => caller.call('insert_records', { confirm_token: one.id }, VIEWS)),
      ...callers.map((caller) => caller.call('insert_records', { confirm_token: one.id }, VIEWS)),
    ])
    expect(emulator.tables.count(table)).toBe(63)
    const late = await callers[1].call('insert_records', { confirm_token: one.id }, VIEWS)
    expect(late.text).toMatch(/Nothing was written (again|by this call)/)
    expect(emulator.tables.count(table)).toBe(63)
  })

  it('cannot be continued by its id once its execution was interrupted', async () => {
    const caller = open()
    const one = await waiting(caller, 'update_records', update, VIEWS)
    const store = reviews()
    await store.approve(one.id, { digest: one.digest, ticked: [[0]] }, { way: 'terminal' })
    await store.claim(one.id)
    await store.close()
    const before = stored()
    const { data } = await caller.call('update_records', { confirm_token: one.id })
    expect(data).toMatchObject({ error: { code: 'CONFIRMATION_REFUSED' } })
    expect(stored()).toBe(before)
  })

  it('of the rest of an interrupted call is not executed by repeating that call', async () => {
    const caller = open()
    const records = [1, 2, 3].map((n) => ({ name: `Part ${n}` }))
    emulator.faults.set([{ kind: 'status', status: 400, actions: ['INSERT'], times: 1 }])
    const args = { table, records }
    await open({ confirm: DEFAULT_SETTINGS.confirm, bulkThreshold: 20 }).call(
      'insert_records',
      args,
    )
    emulator.faults.set([])
    const before = stored()
    const { data } = await caller.call('insert_records', args, VIEWS)
    expect(data).toMatchObject({ review: { id: expect.any(String) } })
    const { id, digest } = data.review as unknown as Waiting
    const store = reviews()
    await store.approve(id, { digest, ticked: [[0]] }, { way: 'terminal' })
    await store.close()
    const again = await caller.call('insert_records', args, VIEWS)
    expect(again.data).toMatchObject({ error: { code: 'CONFIRMATION_REFUSED' } })
    expect(stored()).toBe(before)
    const done = await caller.call('insert_records', { confirm_token: id }, VIEWS)
    expect(done.data).toMatchObject({ inserted: 1 })
  })

  it('shows neither hidden nor masked values, but refuses their change', async () => {
    const limits = { hideColumns: ['stores.city'], maskColumns: ['stores.rank'] }
    const caller = open(limits)
    const one = await waiting(
      caller,
      'delete_records',
      { table, where: { name: 'Store 3' } },
      VIEWS,
    )
    const { data: facts, nonce } = await caller.view('changes', { review: one.id })
    const { data: rows } = await caller.view('changeRows', {
      review: one.id,
      set: 0,
      offset: 0,
      limit: 9,
    })
    expect(JSON.stringify([facts, rows])).not.toMatch(/city|Bruges/)
    expect(rows.rows[0].before[1]).toEqual({ absent: 'masked' })
    const id = emulator.tables.records(table)[3]?.id
    await open({ confirm: DEFAULT_SETTINGS.confirm }).call('update_records', {
      table,
      ids: [id],
      set: { city: 'Elsewhere' },
    })
    expect((await approveBy(caller, one, nonce)).data).toMatchObject({ isOutdated: true })
    expect(emulator.tables.count(table)).toBe(60)
  })

  it('is not executed under narrower limits', async () => {
    const wide = open({ allowLive: true })
    const args = { table: 'stores@live', records: [{ name: 'New' }] }
    const live = await waiting(wide, 'insert_records', args, VIEWS)
    const { nonce } = await wide.view('changes', { review: live.id })
    const narrow = open()
    const { data } = await approveBy(narrow, live, nonce)
    expect(data).toMatchObject({ state: 'approved', message: expect.stringContaining('LIVE') })
    expect(emulator.tables.count(table, 'LIVE')).toBe(0)
    const reader = open({ readOnly: true })
    expect(await reader.view('changes', { review: live.id })).toMatchObject({ isError: true })
  })
})
