import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RequestFacts } from '../src/request-facts.ts'
import type { Settings } from '../src/settings.ts'
import { makeFolder } from './fixture.ts'
import { type Caller, openCaller, type SessionResult } from './session.ts'

const SECRET = 'hidden-value-73'
const MASKED = 'masked-value-41'

let emulator: Emulator
let state: string
let before: string
const callers: Caller[] = []
/** Change sets of a server without limits, by what they did. */
const sets: Record<string, string> = {}

beforeAll(async () => {
  emulator = await startEmulator({
    tables: [
      {
        name: 'leads',
        columns: ['name', 'email', 'phone'].map((name) => ({ name, type: 'text' })),
        records: [
          { name: 'Ann', email: SECRET, phone: MASKED },
          { name: 'Bob', email: 'x', phone: 'y' },
          { name: 'Carl', email: SECRET, phone: MASKED },
        ],
      },
      {
        name: 'notes',
        columns: [{ name: 'note', type: 'text' }],
        records: [{ note: SECRET }],
      },
    ],
  })
})

beforeEach(async () => {
  emulator.reset()
  state = makeFolder()
  const operator = open({ allowLive: true, confirm: ALLOW })
  const write = async (name: string, ...call: Parameters<Caller['call']>) => {
    const { data, text } = await operator.call(...call)
    if (typeof data.change_set !== 'string') throw new Error(text)
    sets[name] = data.change_set
  }
  const leads = 'leads'
  await write('email', 'update_records', {
    ...{ table: leads, where: { name: 'Ann' }, set: { email: 'new', name: 'Anna' } },
  })
  await write('phone', 'update_records', {
    ...{ table: leads, where: { name: 'Bob' }, set: { phone: 'new' } },
  })
  await write('name', 'update_records', {
    ...{ table: leads, where: { name: 'Bob' }, set: { name: 'Bobby' } },
  })
  await write('delete', 'delete_records', { table: leads, where: { name: 'Carl' } })
  await write('notes', 'insert_records', { table: 'notes', records: [{ note: SECRET }] })
  await write('live', 'insert_records', { table: 'leads@live', records: [{ name: 'Live' }] })
  before = stored()
})

afterEach(async () => {
  vi.useRealTimers()
  await Promise.all(callers.splice(0).map((caller) => caller.close()))
})

afterAll(() => emulator.close())

const ALLOW = { bulk: 'allow', live: 'allow', delete: 'allow' } as const

function open(settings: Partial<Settings>, env: Record<string, string> = {}): Caller {
  const caller = openCaller(emulator, settings, { XDG_STATE_HOME: state, ...env })
  callers.push(caller)
  return caller
}

function stored(): string {
  const tables = emulator.tables.list().map(({ name }) => name)
  const records = tables.flatMap((name) => [
    emulator.tables.records(name, 'DRAFT'),
    emulator.tables.records(name, 'LIVE'),
  ])
  return JSON.stringify(records)
}

async function expectRefused(
  caller: Caller,
  args: Record<string, unknown>,
  code: string,
  facts: Partial<RequestFacts> = {},
): Promise<SessionResult> {
  const answer = await caller.call('undo_changes', args, facts)
  expect({ args, data: answer.data }).toMatchObject({ args, data: { error: { code } } })
  expect(stored()).toBe(before)
  return answer
}

async function listed(caller: Caller, args: Record<string, unknown> = {}): Promise<string[]> {
  const { data } = await caller.call('list_changes', args)
  return (data.change_sets as { change_set: string }[]).map(({ change_set }) => change_set)
}

describe('list_changes', () => {
  it('is limited to visible tables', async () => {
    const caller = open({ tables: ['leads'] })
    const { whole } = await caller.call('list_changes', {})
    expect(whole).not.toMatch(/notes|hidden-value/)
    expect(await listed(caller)).not.toContain(sets.notes)
    expect(await listed(caller)).toHaveLength(5)
    const { data } = await caller.call('list_changes', {})
    expect(data).toMatchObject({ total: 5 })
    for (const change_set of [sets.notes, sets.notes?.slice(0, 4), 'zzzzzzzz', '*', '']) {
      const one = await caller.call('list_changes', { change_set })
      expect(one.data.error).toMatchObject({ code: 'NOT_FOUND' })
    }
    const other = await caller.call('list_changes', { table: 'notes' })
    expect(other.data.error).toMatchObject({ code: 'NOT_FOUND' })
  })

  it('omits hidden columns and masks values', async () => {
    const caller = open({ hideColumns: ['leads.email'], maskColumns: ['*.phone'] })
    for (const change_set of Object.values(sets)) {
      const { whole } = await caller.call('list_changes', { change_set })
      if (change_set === sets.notes) continue
      expect(whole).not.toMatch(/email|hidden-value|masked-value/)
    }
    const { data } = await caller.call('list_changes', { change_set: sets.delete })
    expect(data.records).toMatchObject([{ before: { name: 'Carl', phone: '[masked]' } }])
    const phone = await caller.call('list_changes', { change_set: sets.phone })
    expect(phone.data.records).toMatchObject([{ after: { phone: '[masked]' } }])
  })

  it('does not show other bots', async () => {
    const { url, token, teamId } = emulator
    const other = open(
      {},
      {
        CHATLAYER_BASE_URL: url,
        CHATLAYER_TOKEN: token,
        CHATLAYER_TEAM_ID: teamId,
        CHATLAYER_BOT_ID: 'other',
      },
    )
    const { whole } = await other.call('list_changes', { change_set: sets.name })
    expect(whole).not.toContain('Bobby')
  })

  it('is allowed on a read-only server', async () => {
    expect(await listed(open({ readOnly: true }), { table: 'leads@draft' })).toHaveLength(4)
  })
})

describe('undo_changes', () => {
  it('is rejected on a read-only server, and for LIVE without --allow-live', async () => {
    await expectRefused(open({ readOnly: true }), { change_set: sets.name }, 'NOT_ALLOWED')
    await expectRefused(open({ tools: ['list_changes'] }), { change_set: sets.name }, 'NOT_ALLOWED')
    const { data } = await open({ tools: ['insert_records'] }).call('insert_records', {
      ...{ table: 'leads', records: [{ name: 'x' }] },
    })
    expect(data.notice).toContain(`"clt changes undo ${data.change_set}"`)
    before = stored()
    await expectRefused(open({ journal: false }), { change_set: sets.name }, 'NOT_ALLOWED')
    await expectRefused(open({}), { change_set: sets.live }, 'LIVE_NOT_ALLOWED')
    await expectRefused(open({}), { change_set: sets.live, dry_run: true }, 'LIVE_NOT_ALLOWED')
  })

  it('is limited to visible tables', async () => {
    const caller = open({ tables: ['leads'], confirm: ALLOW })
    const { text } = await expectRefused(caller, { change_set: sets.notes }, 'NOT_FOUND')
    const missing = await expectRefused(caller, { change_set: 'zzzzzzzz' }, 'NOT_FOUND')
    expect(missing.text.replaceAll('zzzzzzzz', String(sets.notes))).toBe(text)
    await expectRefused(caller, { change_set: sets.name?.slice(0, 5) }, 'NOT_FOUND')
    await expectRefused(
      open({ hideColumns: ['leads.emial'] }),
      { change_set: sets.name },
      'CONFIGURATION',
    )
  })

  it('does not update hidden columns, but restores whole records', async () => {
    const caller = open({
      hideColumns: ['leads.email'],
      maskColumns: ['leads.phone'],
      confirm: ALLOW,
    })
    for (const change_set of [sets.email, sets.phone]) {
      for (const dry_run of [true, false]) {
        const { whole } = await expectRefused(caller, { change_set, dry_run }, 'NOT_ALLOWED')
        expect(whole).not.toMatch(/email|phone|hidden-value|masked-value/)
      }
    }
    const preview = await caller.call('undo_changes', { change_set: sets.delete, dry_run: true })
    expect(preview.data).toMatchObject({
      would_insert: 1,
      inserts: { rows: [expect.arrayContaining(['Carl'])] },
    })
    expect(preview.whole).not.toMatch(/email|hidden-value|masked-value/)
    const undo = await caller.call('undo_changes', { change_set: sets.delete })
    expect(undo.data).toMatchObject({ undone: 1 })
    expect(emulator.tables.records('leads').at(-1)?.values).toEqual({
      ...{ name: 'Carl', email: SECRET, phone: MASKED },
    })
  })

  it('reports conflicts in hidden columns without naming them', async () => {
    await open({ confirm: ALLOW }).call('update_records', {
      ...{ table: 'leads', where: { name: 'Bobby' }, set: { email: 'secret-change' } },
    })
    const caller = open({ hideColumns: ['leads.email'] })
    const { data, whole } = await caller.call('undo_changes', { change_set: sets.name })
    expect(data).toMatchObject({
      undone: 0,
      conflicts: 1,
      problems: [{ reason: 'Changed since.' }],
    })
    expect(whole).not.toMatch(/email|secret-change/)
  })
})

describe('undoing writes that need confirmation', () => {
  const call = () => ({ change_set: sets.live })

  async function tokenOf(caller: Caller, args: Record<string, unknown>): Promise<string> {
    const { data, text } = await caller.call('undo_changes', { ...args, dry_run: true })
    if (typeof data.confirm_token !== 'string') throw new Error(text)
    expect(stored()).toBe(before)
    return data.confirm_token
  }

  it('is not executed without confirmation, or if blocked', async () => {
    await expectRefused(open({ allowLive: true }), call(), 'CONFIRMATION_NEEDED')
    const confirm = { ...ALLOW, live: 'block' } as const
    await expectRefused(open({ allowLive: true, confirm }), call(), 'BLOCKED')
    const answer = { token: 'x', outcome: 'declined' as const }
    await expectRefused(open({ allowLive: true }), call(), 'NOT_CONFIRMED', {
      canAsk: true,
      answer,
    })
  })

  it('asks the user if the client can', async () => {
    const caller = open({ allowLive: true })
    const asked = await caller.call('undo_changes', call(), { canAsk: true })
    expect(asked.question?.message).toContain(': 1 deleted.')
    const answer = { token: asked.question?.token ?? '', outcome: 'agreed' as const }
    const done = await caller.call('undo_changes', call(), { canAsk: true, answer })
    expect(done.data).toMatchObject({ undone: 1, version: 'LIVE' })
    expect(emulator.tables.count('leads', 'LIVE')).toBe(0)
  })

  it('accepts the token of its preview once, on any replica', async () => {
    const env = { CHATLAYER_MCP_CONFIRM_KEY: 'k'.repeat(40) }
    const [one, two, three] = [1, 2, 3].map(() => open({ allowLive: true }, env))
    if (!one || !two || !three) throw new Error()
    const confirm_token = await tokenOf(one, call())
    const refused = (args: Record<string, unknown>, facts: Partial<RequestFacts> = {}) =>
      expectRefused(two, { ...args, confirm_token }, 'CONFIRMATION_REFUSED', facts)
    await refused({ ...call(), force: true })
    await refused({ ...call(), ids: [emulator.tables.records('leads', 'LIVE')[0]?.id] })
    await refused(call(), { principal: 'eve' })
    await expectRefused(
      open({ allowLive: true }),
      { ...call(), confirm_token },
      'CONFIRMATION_REFUSED',
    )
    expect((await two.call('undo_changes', { ...call(), confirm_token })).data).toMatchObject({
      undone: 1,
    })
    before = stored()
    const again = await three.call('undo_changes', { ...call(), confirm_token })
    expect(again.data).not.toMatchObject({ undone: 1 })
    expect(stored()).toBe(before)
  })

  it('is rejected if the token has expired, or the record was changed meanwhile', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const caller = open({ allowLive: true })
    const confirm_token = await tokenOf(caller, { ...call(), force: true })
    await open({ allowLive: true, confirm: ALLOW }).call('update_records', {
      ...{ table: 'leads@live', where: { name: 'Live' }, set: { name: 'Other' } },
    })
    before = stored()
    await expectRefused(caller, { ...call(), force: true, confirm_token }, 'CONFIRMATION_REFUSED')
    const fresh = await tokenOf(caller, { ...call(), force: true })
    vi.setSystemTime(Date.now() + 11 * 60_000)
    const late = { ...call(), force: true, confirm_token: fresh }
    const { text } = await expectRefused(caller, late, 'CONFIRMATION_REFUSED')
    expect(text).toContain('expired')
  })
})

it('a cancelled undo reports its progress, and continues when called again', async () => {
  const caller = open({ confirm: ALLOW })
  const records = Array.from({ length: 40 }, (_, n) => ({ name: `new ${n}` }))
  const write = await caller.call('insert_records', { table: 'leads', records })
  const { change_set } = write.data
  const count = emulator.tables.count('leads')
  emulator.faults.set([{ kind: 'latency', ms: { min: 10, max: 60 }, actions: ['DELETE'] }])
  const cancel = new AbortController()
  const progress = async (done: number) => {
    if (done >= 5) cancel.abort()
  }
  const stopped = await caller.call('undo_changes', { change_set }, { progress }, cancel.signal)
  expect(stopped.data.error).toMatchObject({
    code: 'CANCELLED',
    message: expect.stringMatching(/^Stopped after reverting \d+ of 40 records/),
  })
  emulator.faults.clear()
  const left = emulator.tables.count('leads')
  expect(left).toBeLessThan(count)
  const undo = await caller.call('undo_changes', { change_set })
  expect(undo.data).toMatchObject({ conflicts: 0, problems: expect.any(Array) })
  expect(emulator.tables.count('leads')).toBe(count - 40)
  const { data } = await caller.call('list_changes', { table: 'leads@draft', limit: 2 })
  expect(data.change_sets).toMatchObject([{ undoes: change_set, deleted: 40 }, { undone: 40 }])
})
