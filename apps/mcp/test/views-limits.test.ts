/** What the operator hides, views do not get: in any request, with any parameters. */
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import type { RequestName } from '@chatlayer-tables/views'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Settings } from '../src/settings.ts'
import { TOOL_NAMES } from '../src/tools/registry.ts'
import { type Caller, openCaller } from './session.ts'

/** Parts of everything that must stay out of every reply, except masked columns' names. */
const SECRET = /vault|s3cr3t|m4sk3d|shadow/i

let emulator: Emulator

beforeAll(async () => {
  emulator = await startEmulator({
    port: 0,
    tables: [
      {
        name: 'people',
        columns: [
          { name: 'name', type: 'text' },
          { name: 'vault', type: 'text' },
          { name: 'phone', type: 'text' },
          { name: 'age', type: 'int' },
        ],
        records: Array.from({ length: 20 }, (_, age) => ({
          ...{ name: `Person ${age}`, age },
          ...{ vault: `s3cr3t ${age}`, phone: `m4sk3d ${age}` },
        })),
      },
      {
        name: 'shadow',
        columns: [{ name: 'name', type: 'text' }],
        records: [{ name: 's3cr3t' }],
      },
    ],
  })
})

afterAll(() => emulator.close())
beforeEach(() => emulator.reset())

const LIMITS: Partial<Settings> = {
  tables: ['people'],
  hideColumns: ['people.vault'],
  maskColumns: ['people.phone'],
  confirm: { bulk: 'allow', live: 'allow', delete: 'allow' },
}

async function withCaller<T>(settings: Partial<Settings>, act: (caller: Caller) => Promise<T>) {
  const caller = openCaller(emulator, settings)
  try {
    return await act(caller)
  } finally {
    await caller.close()
  }
}

const ask = (caller: Caller, request: string, params: Record<string, unknown>) =>
  caller.view(request, params)

/** A change set whose records have hidden and masked values. */
async function changedBy(caller: Caller): Promise<unknown> {
  const done = await caller.call('update_records', {
    ...{ table: 'people', where: { age: { lt: 5 } }, set: { name: 'Changed' } },
  })
  expect(done.isError, done.text).toBe(false)
  return done.data.change_set
}

it('no reply has a hidden or masked value, or names a hidden table or column', async () => {
  await withCaller(LIMITS, async (caller) => {
    const changeSet = await changedBy(caller)
    const page = { set: 0, offset: 0, limit: 50 }
    const table = fc.constantFrom('people', 'people@live', 'shadow', 'nothing')
    const column = fc.constantFrom('name', 'vault', 'phone', 'age', 'id', '"vault"')
    const where = fc.oneof(
      fc.constant({}),
      fc
        .record({ column, value: fc.constantFrom('s', '1', 'm4') })
        .map(({ column: name, value }) => ({
          [name]: { contains: value },
        })),
    )
    const call = fc.oneof(
      fc
        .record({ table, where, group_by: fc.array(column, { minLength: 1, maxLength: 2 }) })
        .map((args) => ({
          ...{ tool: 'query_records', arguments: args },
        })),
      fc.record({ table, where }).map((args) => ({
        ...{ tool: 'delete_records', arguments: { ...args, all: true } },
      })),
      fc.record({ table, column, all: fc.constant(true) }).map(({ column: name, ...args }) => ({
        ...{ tool: 'update_records', arguments: { ...args, set: { [name]: 'x' } } },
      })),
      table.map((a) => ({ tool: 'compare_tables', arguments: { a, b: 'people@live' } })),
      fc.constant({ tool: 'undo_changes', arguments: { change_set: changeSet } }),
    )
    const records = fc.record({
      ...{ table, offset: fc.nat(5), limit: fc.integer({ min: 1, max: 30 }) },
      filters: fc.array(
        fc.record({
          column,
          operator: fc.constantFrom('equals', 'differs', 'contains', 'empty', 'filled', 'more'),
          value: fc.constantFrom('s', '1', ''),
        }),
        { maxLength: 2 },
      ),
      search: fc.constantFrom('', 's3', 'Person'),
      sort: fc.record({ column, descending: fc.boolean() }),
    })
    const requests: fc.Arbitrary<[RequestName, Record<string, unknown>]> = fc.oneof(
      fc.tuple(fc.constant('records' as const), records),
      fc.tuple(fc.constantFrom('table' as const, 'profile' as const), fc.record({ table })),
      fc.tuple(fc.constant('groups' as const), fc.record({ call })),
      fc.tuple(fc.constant('changes' as const), fc.record({ call })),
      fc.tuple(
        fc.constant('changeRows' as const),
        call.map((one) => ({ call: one, ...page })),
      ),
      fc.constant(['tables', {}] as [RequestName, Record<string, unknown>]),
      fc.constant(['journal', { limit: 50 }] as [RequestName, Record<string, unknown>]),
      fc.constant(['changes', { changeSet }] as [RequestName, Record<string, unknown>]),
      fc.constant(['changeRows', { changeSet, ...page }] as [RequestName, Record<string, unknown>]),
    )
    let answered = 0
    await fc.assert(
      fc.asyncProperty(requests, async ([request, params]) => {
        const { isError, data } = await ask(caller, request, params)
        const whole = JSON.stringify(data)
        if (!isError) answered++
        // An error may quote what the caller named itself.
        const named = new Set(JSON.stringify(params).match(/vault|shadow/gi) ?? [])
        const found = whole.match(new RegExp(SECRET, 'gi')) ?? []
        expect(
          isError ? found.filter((text) => !named.has(text)) : found,
          JSON.stringify(data),
        ).toEqual([])
      }),
      { numRuns: 300 },
    )
    expect(answered).toBeGreaterThan(80)
  })
})

it('masked values are named as such', async () => {
  await withCaller(LIMITS, async (caller) => {
    const records = { table: 'people', offset: 0, limit: 1, filters: [] }
    expect((await ask(caller, 'records', records)).data).toMatchObject({
      rows: [{ cells: ['Person 0', { absent: 'masked' }, 0] }],
    })
    const filters = [{ column: 'phone', operator: 'contains', value: 'm' }]
    expect((await ask(caller, 'records', { ...records, filters })).data).toMatchObject({
      code: 'NOT_ALLOWED',
    })
  })
})

describe('requests need a tool of their kind', () => {
  const NEEDS: readonly [RequestName, Record<string, unknown>, string][] = [
    ['tables', {}, 'list_tables'],
    ['records', { table: 'people', offset: 0, limit: 1, filters: [] }, 'query_records'],
    [
      'groups',
      { call: { tool: 'query_records', arguments: { table: 'people' } } },
      'query_records',
    ],
    ['profile', { table: 'people' }, 'describe_table'],
    ['journal', { limit: 1 }, 'list_changes'],
    [
      'changes',
      { call: { tool: 'delete_records', arguments: { table: 'people', all: true } } },
      'delete_records',
    ],
    ['changes', { call: { tool: 'compare_tables', arguments: { a: 'people' } } }, 'compare_tables'],
  ]

  it.each(NEEDS)('%s %j: %s', async (request, params, needed) => {
    const others = TOOL_NAMES.filter((name) => name !== needed)
    const codes = await Promise.all(
      [others, [needed]].map((tools) =>
        withCaller({ tools: TOOL_NAMES.filter((name) => tools.includes(name)) }, async (caller) => {
          const { data, isError } = await ask(caller, request, params)
          return isError ? (data as { code: string }).code : 'answered'
        }),
      ),
    )
    expect(codes).toEqual(['NOT_ALLOWED', 'answered'])
  })

  it('a server that only reads plans no write', async () => {
    await withCaller({ readOnly: true }, async (caller) => {
      const call = { tool: 'delete_records', arguments: { table: 'people', all: true } }
      const { data } = await ask(caller, 'changes', { call })
      expect(data).toMatchObject({ code: 'NOT_ALLOWED' })
      expect(emulator.tables.count('people')).toBe(20)
    })
  })

  it('nothing is written by a page of a preview, whatever the arguments say', async () => {
    await withCaller(
      { confirm: { bulk: 'allow', live: 'allow', delete: 'allow' } },
      async (caller) => {
        const args = { table: 'people', all: true, dry_run: false, again: true }
        const call = { tool: 'delete_records', arguments: args }
        for (const request of ['changes', 'changeRows']) {
          const page = request === 'changes' ? {} : { set: 0, offset: 0, limit: 5 }
          await ask(caller, request, { call, ...page })
        }
        expect(emulator.tables.count('people')).toBe(20)
      },
    )
  })
})

it('only callers that declare views are answered', async () => {
  await withCaller({}, async (caller) => {
    const refused = await caller.view('tables', {}, { showsViews: false })
    expect(refused.data).toMatchObject({ code: 'NOT_ALLOWED' })
  })
  await withCaller({ views: false }, async (caller) => {
    expect((await ask(caller, 'tables', {})).data).toMatchObject({ code: 'NOT_ALLOWED' })
  })
})

it('a review of a tool that the server does not allow is not found', async () => {
  const confirm = { bulk: 'review', live: 'review', delete: 'review' } as const
  const approve = async (id: string, tools: Settings['tools']) =>
    withCaller({ confirm, tools }, async (caller) => {
      const { data, nonce } = await caller.view('changes', { review: id })
      const digest = data.review?.digest ?? data.code
      return (await caller.view('approve', { review: id, digest, nonce })).data
    })
  const asked = await withCaller({ confirm }, (caller) =>
    caller.call('delete_records', { table: 'people', all: true }, { showsViews: true }),
  )
  const { id } = asked.data.review as { id: string }
  expect(await approve(id, ['insert_records'])).toMatchObject({ code: 'NOT_FOUND' })
  expect(emulator.tables.count('people')).toBe(20)
  expect(await approve(id, ['delete_records'])).toMatchObject({ state: 'done' })
  expect(emulator.tables.count('people')).toBe(0)
})
