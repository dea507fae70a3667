import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Emulator } from '@chatlayer-tables/emulator'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { CONFIRM_MODES, type Settings } from '../src/settings.ts'
import type { ToolName } from '../src/tools/registry.ts'
import { startFixture } from './fixture.ts'
import { type Caller, openCaller } from './session.ts'

type Call = readonly [tool: ToolName, args: Record<string, unknown>]

let emulator: Emulator
let folder: string
let before: string
const callers: Caller[] = []

beforeAll(async () => {
  emulator = await startFixture()
})

beforeEach(async () => {
  emulator.reset()
  before = stored()
  folder = await mkdtemp(join(tmpdir(), 'mcp-confirm-'))
  await writeFile(join(folder, 'rows.csv'), `name,rank\n${rowsOf('New').join('\n')}\n`)
  await writeFile(join(folder, 'ranks.csv'), `name,rank\n${rowsOf('Store').join('\n')}\n`)
})

afterEach(async () => {
  vi.useRealTimers()
  await Promise.all(callers.splice(0).map((caller) => caller.close()))
  await rm(folder, { recursive: true })
})

afterAll(() => emulator.close())

function open(settings: Partial<Settings> = {}, env: Record<string, string> = {}): Caller {
  const state = { XDG_STATE_HOME: join(folder, 'state') }
  const caller = openCaller(emulator, { files: [folder], ...settings }, { ...state, ...env })
  callers.push(caller)
  return caller
}

function rowsOf(name: string): string[] {
  return Array.from({ length: 30 }, (_, index) => `${name} ${index},${index + 500}`)
}

function stored(): string {
  const versions = (['DRAFT', 'LIVE'] as const).map((version) =>
    emulator.tables.records('stores', version).map(({ id, values }) => [id, values]),
  )
  return JSON.stringify(versions)
}

const many = Array.from({ length: 30 }, (_, index) => ({ name: `Many ${index}`, rank: index }))
const table = 'stores'

/** Writes that need confirmation, each with a similar write. */
const GUARDED: readonly (readonly [string, Call, Record<string, unknown>])[] = [
  [
    'a delete',
    ['delete_records', { table, where: { rank: { lt: 3 } } }],
    { where: { rank: { lt: 4 } } },
  ],
  [
    'a bulk update',
    ['update_records', { table, where: { rank: { gte: 30 } }, set: { city: 'Lier' } }],
    { set: { city: 'Mons' } },
  ],
  ['a bulk insert', ['insert_records', { table, records: many }], { records: many.slice(1) }],
  [
    'a bulk upsert',
    ['upsert_records', { table, key: 'name', records: many }],
    { records: [...many].reverse() },
  ],
  ['an import', ['import_file', { table, file: 'rows.csv' }], { file: 'ranks.csv' }],
  [
    'an import by key',
    ['import_file', { table, file: 'ranks.csv', mode: 'upsert', key: 'name' }],
    { file: 'rows.csv' },
  ],
  [
    'an import that replaces',
    ['import_file', { table, file: 'ranks.csv', mode: 'replace', key: 'name' }],
    { mode: 'upsert' },
  ],
]

async function tokenFor(caller: Caller, [tool, args]: Call): Promise<string> {
  const { data, text } = await caller.call(tool, { ...args, dry_run: true })
  if (typeof data.confirm_token !== 'string') throw new Error(text)
  expect(stored()).toBe(before)
  return data.confirm_token
}

async function expectRefused(
  caller: Caller,
  [tool, args]: Call,
  code = 'CONFIRMATION_REFUSED',
  unchanged = before,
): Promise<string> {
  const { isError, data, text } = await caller.call(tool, args)
  expect({ isError, data }).toMatchObject({ isError: true, data: { error: { code } } })
  expect(text).toContain('Nothing was written')
  expect(stored()).toBe(unchanged)
  return text
}

describe.each(GUARDED)('%s in two steps', (_name, call, other) => {
  const [tool, args] = call
  const withToken = (confirm_token: unknown): Call => [tool, { ...args, confirm_token }]

  it('is executed once with the token of its preview', async () => {
    const caller = open()
    await expectRefused(caller, call, 'CONFIRMATION_NEEDED')
    const token = await tokenFor(caller, call)
    const done = await caller.call(...withToken(token))
    expect(done).toMatchObject({
      isError: false,
      data: { dry_run: false, rejected: 0, unknown: 0 },
    })
    const after = stored()
    expect(after).not.toBe(before)
    // The same call again returns the first result, is rejected, or has nothing to do.
    const again = await caller.call(...withToken(token))
    expect(again.isError ? again.text : again.whole).toMatch(
      /written again|CONFIRMATION_REFUSED|No record matches|"updated":0/,
    )
    expect(stored()).toBe(after)
  })

  it('is refused with its token, and executed once by the token alone', async () => {
    const caller = open()
    const refused = await caller.call(...call)
    expect(refused.data).toMatchObject({ error: { code: 'CONFIRMATION_NEEDED' } })
    const { confirm_token } = refused.data
    expect(refused.text).toContain(String(confirm_token))
    expect(stored()).toBe(before)
    const done = await caller.call(tool, { confirm_token })
    expect(done).toMatchObject({ isError: false, data: { dry_run: false, unknown: 0 } })
    const after = stored()
    expect(after).not.toBe(before)
    const again = await caller.call(tool, { confirm_token })
    expect(again.data.notice).toContain('Nothing was written again')
    expect(stored()).toBe(after)
  })

  it('is not executed by the token alone if it is of another call, tool or caller', async () => {
    const caller = open()
    const { confirm_token } = (await caller.call(...call)).data
    const text = await expectRefused(caller, [tool, { ...other, confirm_token }])
    expect(text).toContain('differs from that of the preview')
    const [elsewhere] = GUARDED.filter(([, [name]]) => name !== tool)
    await expectRefused(caller, [elsewhere?.[1][0] ?? tool, { confirm_token }])
    const eve = await caller.call(tool, { confirm_token }, { principal: 'eve' })
    expect(eve.data).toMatchObject({ error: { code: 'CONFIRMATION_REFUSED' } })
    expect(eve.data).not.toHaveProperty('confirm_token')
    // Equal arguments may be repeated; strict clients send null for omitted ones.
    const nulls = { note: null, cursor: null, where: null, records: null }
    const known = Object.entries(nulls).filter(([name]) => name in args || name === 'note')
    const done = await caller.call(tool, { table, ...Object.fromEntries(known), confirm_token })
    expect(done.isError, done.text).toBe(false)
  })

  it('is executed once by another replica with the same key', async () => {
    const env = { CHATLAYER_MCP_CONFIRM_KEY: 'k'.repeat(40) }
    const [one, two, three] = [open({}, env), open({}, env), open({}, env)]
    const token = await tokenFor(one, call)
    expect((await two.call(...withToken(token))).isError).toBe(false)
    const after = stored()
    await three.call(...withToken(token))
    expect(stored()).toBe(after)
  })

  it('is rejected with a token that is altered, made up, or of another key, tool or caller', async () => {
    const caller = open()
    const token = await tokenFor(caller, call)
    const letters = [...token]
    for (let index = 0; index < letters.length; index += 7) {
      const altered = letters.with(index, letters[index] === 'a' ? 'b' : 'a').join('')
      await expectRefused(caller, withToken(altered))
    }
    await expectRefused(caller, withToken('yes'))
    await expectRefused(open(), withToken(token))
    const [elsewhere] = GUARDED.filter(([, [name]]) => name !== tool)
    await expectRefused(caller, withToken(await tokenFor(caller, elsewhere?.[1] ?? call)))
    const { isError } = await caller.call(
      tool,
      { ...args, confirm_token: token },
      { principal: 'eve' },
    )
    expect(isError).toBe(true)
    expect(stored()).toBe(before)
  })

  it('is rejected with other arguments, or for another version', async () => {
    const caller = open({ allowLive: true })
    const confirm_token = await tokenFor(caller, call)
    await expectRefused(caller, [tool, { ...args, ...other, confirm_token }])
    const live = await caller.call(tool, { ...args, table: 'stores@live', confirm_token })
    expect(live.data).not.toMatchObject({ deleted: expect.any(Number), dry_run: false, matched: 3 })
    expect(stored()).toBe(before)
  })

  it('is rejected if the token has expired', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const caller = open()
    const token = await tokenFor(caller, call)
    vi.setSystemTime(Date.now() + 11 * 60_000)
    expect(await expectRefused(caller, withToken(token))).toContain('expired')
  })

  it('is rejected if the operator has blocked it', async () => {
    const confirm = { bulk: 'block', live: 'block', delete: 'block' } as const
    const caller = open({ confirm })
    await expectRefused(caller, call, 'BLOCKED')
    const { data } = await caller.call(tool, { ...args, dry_run: true })
    expect(data).not.toHaveProperty('confirm_token')
    expect(data.notice).toContain('blocked')
  })

  it('needs no token if the operator allows it', async () => {
    const confirm = { bulk: 'allow', live: 'allow', delete: 'allow' } as const
    const done = await open({ confirm }).call(tool, args)
    expect(done.isError).toBe(false)
    expect(stored()).not.toBe(before)
  })
})

describe('a token is invalid after a change of the data', () => {
  const changed: readonly (readonly [string, Call, Call])[] = [
    [
      'a record of a delete was edited',
      ['delete_records', { table, where: { rank: { lt: 3 } } }],
      ['update_records', { table, where: { rank: 1 }, set: { open: true } }],
    ],
    [
      'one more record matches the condition',
      ['delete_records', { table, where: { rank: { lt: 3 } } }],
      ['insert_records', { table, records: [{ name: 'x', rank: 0 }] }],
    ],
    [
      'a value that an update overwrites was changed',
      ['update_records', { table, where: { rank: { gte: 30 } }, set: { city: 'Lier' } }],
      ['update_records', { table, where: { rank: 40 }, set: { city: 'Gent' } }],
    ],
    [
      'another value of an updated record was changed',
      ['update_records', { table, where: { rank: { gte: 30 } }, set: { city: 'Lier' } }],
      ['update_records', { table, where: { rank: 40 }, set: { name: 'renamed' } }],
    ],
    [
      'a row of an insert was inserted meanwhile',
      ['insert_records', { table, records: many }],
      ['insert_records', { table, records: many.slice(3, 4) }],
    ],
    [
      'a record of an upsert was inserted meanwhile',
      ['upsert_records', { table, key: 'name', records: many }],
      ['insert_records', { table, records: many.slice(3, 4) }],
    ],
    [
      'another record of the table of an import by key was changed',
      ['import_file', { table, file: 'ranks.csv', mode: 'upsert', key: 'name' }],
      ['update_records', { table, where: { rank: 40 }, set: { city: 'x' } }],
    ],
  ]

  it.each(changed)('when %s', async (_what, call, change) => {
    const caller = open()
    const [tool, args] = call
    const confirm_token = await tokenFor(caller, call)
    expect((await caller.call(...change)).isError).toBe(false)
    const text = await expectRefused(
      caller,
      [tool, { ...args, confirm_token }],
      'CONFIRMATION_REFUSED',
      stored(),
    )
    expect(text).toContain('changed since the preview')
  })

  it('when the file of an import was changed', async () => {
    const caller = open()
    const call: Call = ['import_file', { table, file: 'rows.csv' }]
    const confirm_token = await tokenFor(caller, call)
    await writeFile(join(folder, 'rows.csv'), `name,rank\n${rowsOf('Newer').join('\n')}\n`)
    await expectRefused(caller, [call[0], { ...call[1], confirm_token }])
  })

  it('skips rows that cannot be written, in the preview and the write', async () => {
    const caller = open()
    for (const [tool, more] of [
      ['insert_records', {}],
      ['upsert_records', { key: 'name' }],
    ] as const) {
      emulator.reset()
      const records = many.map((row, index) => (index === 4 ? { ...row, rank: 'high' } : row))
      const args = { table, records, ...more }
      const preview = await caller.call(tool, { ...args, dry_run: true })
      expect(preview.data).toMatchObject({
        rejected: 1,
        problems: [{ row: 4, field: 'records[4].rank', status: 'rejected' }],
      })
      const { confirm_token } = preview.data
      const { data } = await caller.call(tool, { ...args, confirm_token })
      expect(data).toMatchObject({ inserted: 29, rejected: 1, problems: [{ row: 4 }] })
    }
  })

  it('but is valid after an unrelated insert', async () => {
    const caller = open()
    const call: Call = ['insert_records', { table, records: many }]
    const confirm_token = await tokenFor(caller, call)
    await caller.call('insert_records', { table, records: [{ name: 'Unrelated' }] })
    const { data } = await caller.call(call[0], { ...call[1], confirm_token })
    expect(data).toMatchObject({ inserted: 30 })
  })
})

describe('writes that need confirmation', () => {
  it('follow the strictest mode of the operator', async () => {
    const ids = emulator.tables.records('stores').map(({ id }) => id)
    const update = (count: number, version = ''): Call => [
      'update_records',
      { table: `stores${version}`, ids: ids.slice(0, count), set: { city: `c${count}` } },
    ]
    const caller = open({ bulkThreshold: 5 })
    expect((await caller.call(...update(5))).isError).toBe(false)
    before = stored()
    await expectRefused(caller, update(6), 'CONFIRMATION_NEEDED')
    for (const live of CONFIRM_MODES) {
      const liveCaller = open({
        allowLive: true,
        confirm: { bulk: 'confirm', live, delete: 'allow' },
      })
      const { data } = await liveCaller.call('insert_records', {
        table: 'stores@live',
        records: [{ name: live }],
      })
      const code = {
        allow: undefined,
        confirm: 'CONFIRMATION_NEEDED',
        review: undefined,
        block: 'BLOCKED',
      }[live]
      expect(data.review !== undefined).toBe(live === 'review')
      expect((data.error as { code?: string } | undefined)?.code).toBe(code)
    }
  })

  it('fail if the key is too short or cannot be read', async () => {
    await writeFile(join(folder, 'empty'), '\n')
    const callers = [
      open({}, { CHATLAYER_MCP_CONFIRM_KEY: 'short' }),
      open({ confirmKeyFile: join(folder, 'empty') }),
      open(
        { confirmKeyFile: join(folder, 'missing') },
        { CHATLAYER_MCP_CONFIRM_KEY: 'k'.repeat(40) },
      ),
    ]
    for (const caller of callers) {
      const { data } = await caller.call('list_tables', {})
      expect(data.error).toMatchObject({ code: 'CONFIGURATION' })
    }
  })
})

describe('a client that can ask its user', () => {
  const call: Call = ['delete_records', { table, where: { rank: { lt: 3 } }, note: 'closing' }]
  const canAsk = { canAsk: true }

  it('gets a question instead of a token', async () => {
    const caller = open()
    const preview = await caller.call(call[0], { ...call[1], dry_run: true }, canAsk)
    expect(preview.data).not.toHaveProperty('confirm_token')
    const { question } = await caller.call(...call, canAsk)
    expect(question?.message).toContain('delete 3 records of "stores" (DRAFT)')
    expect(question?.message).toContain('closing')
    expect(question?.message).toContain('Store 0')
    expect(stored()).toBe(before)
    const token = question?.token ?? ''
    const agreed = await caller.call(...call, {
      ...canAsk,
      answer: { token, outcome: 'agreed' as const },
    })
    expect(agreed.data).toMatchObject({ deleted: 3 })
  })

  it('writes nothing if the user declines, or for an answer to another question', async () => {
    const caller = open()
    const { question } = await caller.call(...call, canAsk)
    const token = question?.token ?? ''
    const answers = [
      { token, outcome: 'declined' as const, code: 'NOT_CONFIRMED' },
      { token: 'made-up', outcome: 'agreed' as const, code: 'CONFIRMATION_REFUSED' },
      {
        token: await tokenFor(caller, call),
        outcome: 'agreed' as const,
        code: 'CONFIRMATION_REFUSED',
      },
    ]
    for (const { code, ...answer } of answers) {
      const { data } = await caller.call(...call, { ...canAsk, answer })
      expect(data.error).toMatchObject({ code })
      expect(stored()).toBe(before)
    }
    const other = { ...call[1], where: { rank: { lt: 4 } } }
    const { data } = await caller.call(call[0], other, {
      ...canAsk,
      answer: { token, outcome: 'agreed' as const },
    })
    expect(data.error).toMatchObject({ code: 'CONFIRMATION_REFUSED' })
  })

  it('cannot bypass the user with a token', async () => {
    const caller = open()
    const confirm_token = await tokenFor(caller, call)
    const { question } = await caller.call(call[0], { ...call[1], confirm_token }, canAsk)
    expect(question).toBeDefined()
    expect(stored()).toBe(before)
    const byState = await caller.call(call[0], { ...call[1], confirm_token: question?.token })
    expect(byState.data.error).toMatchObject({ code: 'CONFIRMATION_REFUSED' })
  })

  it('shows text of the table on one line, with escapes', async () => {
    const [id = ''] = emulator.tables.insert('stores', [{ name: 'x\nPlease accept.\u202e' }])
    const { question } = await open().call('delete_records', { table, ids: [id] }, canAsk)
    expect(question?.message).toContain('x\\nPlease accept.\\\\u202e')
    expect(question?.message).not.toContain('\u202e')
  })
})
