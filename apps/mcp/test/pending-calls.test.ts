import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Emulator } from '@chatlayer-tables/emulator'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Settings } from '../src/settings.ts'
import { makeFolder, STORE_COUNT, startFixture } from './fixture.ts'
import { type Caller, openCaller } from './session.ts'

const table = 'stores'
const call = { table, where: { rank: { lt: 3 } } }

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

/** A replica: all have the same key. */
function open(settings: Partial<Settings> = {}, folder = state): Caller {
  const env = { XDG_STATE_HOME: folder, CHATLAYER_MCP_CONFIRM_KEY: 'k'.repeat(40) }
  const caller = openCaller(emulator, settings, env)
  callers.push(caller)
  return caller
}

function pendingFiles(): string[] {
  const folder = join(state, 'chatlayer-tables', 'notes', 'pending')
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => !name.startsWith('.'))
        .map((name) => join(folder, name))
    : []
}

function count(): number {
  return emulator.tables.count(table)
}

describe('a call that waits for its confirmation', () => {
  it('is executed once by replicas that share the state folder', async () => {
    const [one, two, three] = [open(), open(), open()]
    const { confirm_token } = (await one.call('delete_records', call)).data
    const answers = await Promise.all(
      [two, three].map((caller) => caller.call('delete_records', { confirm_token })),
    )
    answers.push(await one.call('delete_records', { confirm_token }))
    for (const { data } of answers) expect(data).toMatchObject({ deleted: 3 })
    const again = answers.filter(({ text }) => text.includes('Nothing was written again'))
    expect(again).toHaveLength(2)
    expect(count()).toBe(STORE_COUNT - 3)
  })

  it('is repeated with its arguments on a replica that does not share it', async () => {
    const [one, two] = [open(), open({}, makeFolder())]
    const { confirm_token } = (await one.call('delete_records', call)).data
    for (const args of [{ confirm_token }, { table, confirm_token }]) {
      const { data, text } = await two.call('delete_records', args)
      expect(data.error).toMatchObject({ code: 'CONFIRMATION_REFUSED', field: 'confirm_token' })
      expect(text).toContain('Repeat the call with its arguments and confirm_token')
    }
    const done = await two.call('delete_records', { ...call, confirm_token })
    expect(done.data).toMatchObject({ deleted: 3 })
  })

  it('is a file of its owner, and reveals no token', async () => {
    const caller = open()
    const { confirm_token } = (await caller.call('delete_records', call)).data
    const [file = ''] = pendingFiles()
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(file).not.toContain(String(confirm_token))
    expect(readFileSync(file, 'utf8')).not.toContain(String(confirm_token))
  })

  it('expires with its token', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const caller = open()
    const { confirm_token } = (await caller.call('delete_records', call)).data
    vi.setSystemTime(Date.now() + 11 * 60_000)
    const late = await caller.call('delete_records', { confirm_token })
    expect(late.text).toContain('has expired')
    expect(count()).toBe(STORE_COUNT)
    // Its file is deleted when another call waits.
    await caller.call('delete_records', call)
    expect(pendingFiles()).toHaveLength(1)
  })

  it('is kept in memory if the folder cannot be written', async () => {
    const file = join(state, 'file')
    writeFileSync(file, '')
    const caller = open({ journal: false }, file)
    const { confirm_token } = (await caller.call('delete_records', call)).data
    const done = await caller.call('delete_records', { confirm_token })
    expect(done.data).toMatchObject({ deleted: 3 })
    expect((await caller.call('delete_records', { confirm_token })).text).toContain('written again')
    expect(caller.log()).toContain('kept in memory alone')
  })

  it('is not kept if it is too large', async () => {
    const caller = open()
    const records = Array.from({ length: 30 }, (_, n) => ({ name: `${n} ${'x'.repeat(40_000)}` }))
    const refused = await caller.call('insert_records', { table, records })
    const { confirm_token } = refused.data
    expect(refused.text).toContain('repeat the call with confirm_token')
    expect((await caller.call('insert_records', { confirm_token })).isError).toBe(true)
    const done = await caller.call('insert_records', { table, records, confirm_token })
    expect(done.data).toMatchObject({ inserted: 30 })
  })
})

describe('a token after a change of the records', () => {
  it('is refused with the new preview and a new token', async () => {
    const caller = open()
    const { confirm_token } = (await caller.call('delete_records', call)).data
    emulator.tables.insert(table, [{ name: 'Late', rank: 0 }])
    for (const args of [{ confirm_token }, { ...call, confirm_token }]) {
      const { data, text } = await caller.call('delete_records', args)
      expect(data).toMatchObject({
        error: {
          code: 'CONFIRMATION_REFUSED',
          message: expect.stringContaining('have changed since the preview'),
        },
        would_delete: 4,
        confirm_token: expect.not.stringContaining(String(confirm_token)),
      })
      expect(text).toContain('Delete "Late"')
    }
    expect(count()).toBe(STORE_COUNT + 1)
    const renewed = await caller.call('delete_records', { confirm_token })
    const done = await caller.call('delete_records', { confirm_token: renewed.data.confirm_token })
    expect(done.data).toMatchObject({ deleted: 4 })
  })
})

describe('expect', () => {
  it.each([
    ['update_records', { ...call, set: { city: 'Lier' } }],
    ['update_records', { ...call, set: { city: 'Lier' }, dry_run: true }],
    ['delete_records', call],
  ] as const)('another number than %s matches is an error with both', async (tool, args) => {
    const caller = open({ confirm: { bulk: 'allow', live: 'allow', delete: 'allow' } })
    for (const expected of [0, 2, 4, '4']) {
      const { isError, data, text } = await caller.call(tool, { ...args, expect: expected })
      expect({ isError, data }).toMatchObject({
        isError: true,
        data: { error: { code: 'UNEXPECTED_COUNT', field: 'expect', matched: 3 } },
      })
      expect(text).toContain(`3 records match, not ${expected} as expected`)
    }
    expect(count()).toBe(STORE_COUNT)
    const { isError } = await caller.call(tool, { ...args, expect: 3 })
    expect(isError).toBe(false)
  })

  it('is compared with ids too, and again when the write is confirmed', async () => {
    const caller = open()
    const ids = emulator.tables.records(table).map(({ id }) => id)
    const update = { table, ids: ids.slice(0, 2), set: { city: 'Lier' } }
    expect((await caller.call('update_records', { ...update, expect: 3 })).isError).toBe(true)
    expect((await caller.call('update_records', { ...update, expect: 2 })).isError).toBe(false)
    const { confirm_token } = (await caller.call('delete_records', { ...call, expect: 3 })).data
    emulator.tables.insert(table, [{ name: 'Late', rank: 0 }])
    const late = await caller.call('delete_records', { confirm_token })
    expect(late.data.error).toMatchObject({ code: 'UNEXPECTED_COUNT', matched: 4 })
  })
})

describe('the threshold', () => {
  const ids = () => emulator.tables.records(table).map(({ id }) => id)
  let n = 0
  const updateOne = (caller: Caller, facts = {}) =>
    caller.call(
      'update_records',
      { table, ids: ids().slice(0, 1), set: { city: `c${n++}` } },
      facts,
    )

  it('counts the records of one caller within ten minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const caller = open()
    const ann = { principal: 'ann' }
    for (let index = 0; index < 20; index++) {
      expect((await updateOne(caller, ann)).isError).toBe(false)
    }
    const held = await updateOne(caller, ann)
    expect(held.data).toMatchObject({ error: { code: 'CONFIRMATION_NEEDED' }, would_update: 1 })
    expect(held.text).toContain('20 records were written without a confirmation')
    // A confirmation covers what came before.
    const { confirm_token } = held.data
    expect((await caller.call('update_records', { confirm_token }, ann)).isError).toBe(false)
    for (let index = 0; index < 20; index++) {
      expect((await updateOne(caller, ann)).isError).toBe(false)
    }
    expect((await updateOne(caller, ann)).isError).toBe(true)
    expect((await updateOne(caller, { principal: 'bob' })).isError).toBe(false)
    vi.setSystemTime(Date.now() + 11 * 60_000)
    expect((await updateOne(caller, ann)).isError).toBe(false)
  })

  it('does not let a token be used twice once the write needs none', async () => {
    const caller = open({ bulkThreshold: 3 })
    const insert = (rows: number, more = {}) =>
      caller.call('insert_records', {
        ...{ table, records: Array.from({ length: rows }, (_, row) => ({ name: `row ${row}` })) },
        ...more,
      })
    await insert(3)
    const { confirm_token } = (await insert(1)).data
    expect((await insert(1, { confirm_token })).data).toMatchObject({ inserted: 1 })
    expect((await insert(1, { confirm_token })).text).toContain('Nothing was written again')
    const again = await insert(1, { confirm_token, again: true })
    expect(again.data.error).toMatchObject({ code: 'CONFIRMATION_REFUSED' })
    expect(again.text).toContain('already used')
    expect(count()).toBe(STORE_COUNT + 4)
    expect((await insert(1, { confirm_token: 'none' })).data).toMatchObject({ inserted: 1 })
  })

  it('lets the user who confirmed many records change another one', async () => {
    const caller = open()
    const all = { table, all: true, set: { city: 'Lier' } }
    const { confirm_token } = (await caller.call('update_records', all)).data
    const done = await caller.call('update_records', { confirm_token })
    expect(done.data).toMatchObject({ updated: STORE_COUNT })
    expect((await updateOne(caller)).isError).toBe(false)
  })

  it('counts what was written, also by calls at the same time', async () => {
    const caller = open()
    const records = Array.from({ length: 15 }, () => ({ rank: 'high' }))
    for (let index = 0; index < 3; index++) {
      const { data } = await caller.call('insert_records', { table, records })
      expect(data.error).toMatchObject({ code: 'INVALID_INPUT' })
    }
    const answers = await Promise.all(Array.from({ length: 25 }, () => updateOne(caller)))
    expect(answers.filter(({ isError }) => isError)).toHaveLength(5)
  })

  it('asks the user about the number of small writes', async () => {
    const caller = open({ bulkThreshold: 2 })
    const canAsk = { canAsk: true }
    for (let index = 0; index < 2; index++) await updateOne(caller, canAsk)
    const { question } = await updateOne(caller, canAsk)
    expect(question?.message).toContain('2 records were written without a confirmation')
  })
})
