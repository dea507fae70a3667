/** A repeated call writes nothing twice, and loses nothing. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Emulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeFolder, startFixture } from './fixture.ts'
import { messages, rowsOf, storedOf } from './leads.ts'
import { type Caller, openCaller } from './session.ts'

let emulator: Emulator
/** Two servers with one state folder, and one without a journal. */
let callers: Caller[]
const files = makeFolder()

beforeAll(async () => {
  emulator = await startFixture()
  const env = { XDG_STATE_HOME: makeFolder() }
  const settings = { files: [files], confirm: ALLOW }
  callers = [
    openCaller(emulator, settings, env),
    openCaller(emulator, settings, env),
    openCaller(emulator, { ...settings, journal: false }, { XDG_STATE_HOME: makeFolder() }),
  ]
})

afterAll(async () => {
  await Promise.all(callers.map((caller) => caller.close()))
  await emulator.close()
})

beforeEach(() => {
  emulator.faults.set([])
})

const ALLOW = { bulk: 'allow', live: 'allow', delete: 'allow' } as const

const stored = (texts: readonly string[]) => storedOf(emulator, texts)

/** Checks as soon as anything happens: before the client gets a response. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setImmediate()
}

const PAIRS = [
  ['the same server', 0, 0],
  ['another server of this machine', 0, 1],
  ['a server without a journal', 2, 2],
] as const

describe.each(PAIRS)('a call that is repeated on %s', (_, one, other) => {
  const insert = (at: number, texts: readonly string[], more = {}, signal?: AbortSignal) =>
    callers[at]!.call(
      'insert_records',
      { table: 'leads', records: rowsOf(texts), ...more },
      {},
      signal,
    )

  it('gets the result of the first one, which has ended', async () => {
    const texts = messages(5)
    const first = await insert(one, texts)
    const second = await insert(other, texts, { note: 'once more' })
    expect(second.isError).toBe(false)
    expect(second.data).toMatchObject({ inserted: 5, ids: first.data.ids })
    expect(second.data.notice).toMatch(/^Nothing was written again: .* again: true/)
    expect(stored(texts)).toEqual(texts.toSorted())
    const third = await insert(other, texts, { again: true })
    expect(third.data.ids).not.toEqual(first.data.ids)
    expect(stored(texts)).toHaveLength(10)
  })

  it('waits for the first one, and gets its result', async () => {
    const texts = messages(20)
    emulator.faults.set([{ kind: 'latency', ms: 60, when: 'before', actions: ['INSERT'] }])
    const before = emulator.tables.count('leads')
    const first = insert(one, texts)
    await until(() => emulator.tables.count('leads') > before)
    const second = await insert(other, texts)
    expect(second.data).toMatchObject({ inserted: 20, ids: (await first).data.ids })
    expect(stored(texts)).toEqual(texts.toSorted())
  })

  it('does the rest of one that was cancelled', async () => {
    const texts = messages(100)
    emulator.faults.set([{ kind: 'latency', ms: 60, when: 'before', actions: ['INSERT'] }])
    const before = emulator.tables.count('leads')
    const cancel = new AbortController()
    const first = insert(one, texts, {}, cancel.signal)
    await until(() => emulator.tables.count('leads') > before)
    cancel.abort(new Error('cancelled'))
    // Not awaited: the second call comes while the first one ends.
    const second = await insert(other, texts)
    const ended = await first
    const { not_sent } = ended.data.error as { not_sent: number }
    expect(ended.data.error).toMatchObject({ code: 'CANCELLED' })
    expect(not_sent).toBeGreaterThan(0)
    expect(second.isError, second.text).toBe(false)
    expect(second.data).toMatchObject({ inserted: 100, rejected: 0, unknown: 0 })
    expect(second.data.notice).toContain('This call continued an equal one')
    expect(new Set(second.data.ids as string[]).size).toBe(100)
    expect(second.data.ids).not.toContain(null)
    expect(stored(texts)).toEqual(texts.toSorted())
    const third = await insert(one, texts)
    expect(third.data.ids).toEqual(second.data.ids)
  })

  it('is refused if the first one was interrupted, and others have written since', async () => {
    const [texts, between] = [messages(100), messages(1)]
    emulator.faults.set([{ kind: 'latency', ms: 60, when: 'before', actions: ['INSERT'] }])
    const before = emulator.tables.count('leads')
    const cancel = new AbortController()
    const first = insert(one, texts, {}, cancel.signal)
    await until(() => emulator.tables.count('leads') > before)
    cancel.abort(new Error('cancelled'))
    await first
    emulator.faults.set([])
    await insert(other, between)
    const written = stored(texts)
    const second = await insert(other, texts)
    expect(second.data.error).toMatchObject({
      code: 'PARTLY_WRITTEN',
      message: expect.stringContaining(`interrupted after ${written.length} records`),
      hint: expect.stringContaining('pass again: true'),
    })
    expect(stored(texts)).toEqual(written)
    const third = await insert(other, texts, { again: true })
    expect(third.data).toMatchObject({ inserted: 100 })
    expect(stored(texts)).toHaveLength(written.length + 100)
  })

  it('is another one after another write to the table', async () => {
    const [text = '', between = ''] = messages(2)
    await insert(one, [text])
    await new Promise((resolve) => setTimeout(resolve, 5))
    await insert(other, [between])
    const second = await insert(other, [text])
    expect(second.data.notice).not.toContain('Nothing was written again')
    expect(stored([text])).toEqual([text, text])
  })

  it('is another one from another caller', async () => {
    const texts = messages(1)
    const args = { table: 'leads', records: rowsOf(texts) }
    await callers[one]!.call('insert_records', args, { principal: 'ann' })
    await callers[other]!.call('insert_records', args, { principal: 'bob' })
    expect(stored(texts)).toHaveLength(2)
    await callers[other]!.call('insert_records', args, { principal: 'ann' })
    // Another caller has written since.
    expect(stored(texts)).toHaveLength(3)
  })

  it('resumes an import', async () => {
    const texts = messages(300)
    const file = `rows-${one}-${other}.csv`
    await writeFile(join(files, file), `message\n${texts.join('\n')}\n`)
    const args = { table: 'leads', file, mode: 'insert' }
    emulator.faults.set([{ kind: 'latency', ms: 30, when: 'before', actions: ['INSERT'] }])
    const before = emulator.tables.count('leads')
    const cancel = new AbortController()
    const first = callers[one]!.call('import_file', args, {}, cancel.signal)
    await until(() => emulator.tables.count('leads') > before)
    cancel.abort(new Error('cancelled'))
    const atCancel = emulator.tables.count('leads') - before
    const { data } = await first
    expect(data).toMatchObject({ not_sent: expect.any(Number), rejected: 0, unknown: 0 })
    // The connections of the client.
    expect(stored(texts).length).toBeLessThanOrEqual(atCancel + 64)
    emulator.faults.set([])
    const second = await callers[other]!.call('import_file', args)
    expect(second.data, second.text).toMatchObject({ inserted: 300, job: data.job })
    expect(stored(texts)).toEqual(texts.toSorted())
    const third = await callers[one]!.call('import_file', args)
    expect(third.data.notice).toMatch(/^Nothing was written again/)
    await writeFile(join(files, file), 'message\nchanged\n')
    const fourth = await callers[one]!.call('import_file', args)
    expect(fourth.data, fourth.text).toMatchObject({ inserted: 1 })
  })
})

it('an idempotent write is executed again', async () => {
  const target = { table: 'stores', where: { rank: 3 } }
  const set = { city: 'Lier' }
  await callers[0]!.call('update_records', { ...target, set })
  const again = await callers[1]!.call('update_records', { ...target, set })
  expect(again.data).toMatchObject({ matched: 1, updated: 0 })
  expect(again.data.notice).not.toContain('Nothing was written again')
})

it('rejected rows are tried again', async () => {
  const texts = messages(3)
  emulator.faults.set([{ kind: 'status', status: 400, rate: 0.5, actions: ['INSERT'] }])
  const args = { table: 'leads', records: rowsOf(texts) }
  await callers[0]!.call('insert_records', args)
  emulator.faults.set([])
  const second = await callers[1]!.call('insert_records', args)
  expect(second.data).toMatchObject({ inserted: 3 })
  expect(stored(texts)).toEqual(texts.toSorted())
})

describe('a write that was confirmed', () => {
  let server: Caller

  beforeAll(() => {
    server = openCaller(emulator, { files: [files] }, { XDG_STATE_HOME: makeFolder() })
  })

  afterAll(() => server.close())

  /** A confirmed insert, which was cancelled after its first rows. */
  async function interrupted() {
    const texts = messages(100)
    const args = { table: 'leads', records: rowsOf(texts) }
    const { data } = await server.call('insert_records', { ...args, dry_run: true })
    const confirmed = { ...args, confirm_token: data.confirm_token }
    emulator.faults.set([{ kind: 'latency', ms: 60, when: 'before', actions: ['INSERT'] }])
    const before = emulator.tables.count('leads')
    const cancel = new AbortController()
    const first = server.call('insert_records', confirmed, {}, cancel.signal)
    await until(() => emulator.tables.count('leads') > before)
    cancel.abort(new Error('cancelled'))
    expect((await first).data.error).toMatchObject({ code: 'CANCELLED' })
    return { texts, args, confirmed }
  }

  it('is continued by its token, which confirms nothing else', async () => {
    const { texts, args, confirmed } = await interrupted()
    const written = stored(texts).length
    const without = await server.call('insert_records', args)
    expect(without.data.error).toMatchObject({ code: 'CONFIRMATION_NEEDED' })
    const others = { ...confirmed, records: rowsOf(messages(100)) }
    const other = await server.call('insert_records', others)
    expect(other.data.error).toMatchObject({ code: 'CONFIRMATION_REFUSED' })
    expect(stored(texts)).toHaveLength(written)
    const again = await server.call('insert_records', confirmed)
    expect(again.data, again.text).toMatchObject({ inserted: 100 })
    expect(stored(texts)).toEqual(texts.toSorted())
  })

  it('has its result for a call with the same token, also a delete', async () => {
    const target = { table: 'stores', where: { rank: { gte: 58 } } }
    const { data } = await server.call('delete_records', { ...target, dry_run: true })
    const confirmed = { ...target, confirm_token: data.confirm_token }
    const first = await server.call('delete_records', confirmed)
    expect(first.data).toMatchObject({ deleted: 2 })
    const second = await server.call('delete_records', confirmed)
    expect(second.data).toMatchObject({ deleted: 2, change_set: first.data.change_set })
    expect(second.data.notice).toContain('Nothing was written again')
  })
})

it('a computed update is not applied twice', async () => {
  const target = { table: 'stores', where: { rank: 7 } }
  const raise = { ...target, set_sql: { rank: 'rank + 100' } }
  const first = await callers[0]!.call('update_records', raise)
  expect(first.data, first.text).toMatchObject({ updated: 1 })
  const second = await callers[1]!.call('update_records', raise)
  expect(second.data).toMatchObject({ updated: 1 })
  expect(second.data.notice).toMatch(/^Nothing was written again.*parentheses/)
  const ranks = emulator.tables.records('stores').map(({ values }) => values.rank)
  expect(ranks.filter((rank) => rank === 107)).toHaveLength(1)
})

it('a computed update does the rest of one that was cancelled', async () => {
  const target = { table: 'stores', where: { rank: { lt: 50 } } }
  const raise = { ...target, set_sql: { city: "city || '!'" } }
  emulator.faults.set([{ kind: 'latency', ms: 60, when: 'before', actions: ['UPDATE'] }])
  const changed = () =>
    emulator.tables.records('stores').filter(({ values }) => String(values.city).endsWith('!'))
  const cancel = new AbortController()
  const first = callers[0]!.call('update_records', raise, {}, cancel.signal)
  await until(() => changed().length > 0)
  cancel.abort(new Error('cancelled'))
  await first
  emulator.faults.set([])
  const before = changed().length
  const second = await callers[1]!.call('update_records', raise)
  expect(second.isError, second.text).toBe(false)
  expect(changed().length).toBeGreaterThanOrEqual(before)
  const cities = emulator.tables.records('stores').map(({ values }) => String(values.city))
  expect(cities.filter((city) => city.endsWith('!!'))).toEqual([])
  expect(second.data.updated).toBe(changed().length)
})
