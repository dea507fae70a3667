import type { Emulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Generation, type McpClient, openClient, type Respond, type Wire } from './clients.ts'
import { environmentOf, makeFolder, STORE_COUNT, startFixture } from './fixture.ts'

let emulator: Emulator

beforeAll(async () => {
  emulator = await startFixture()
})

beforeEach(() => emulator.reset())
afterAll(() => emulator.close())

/** Another write for each test: what was asked and answered is remembered. */
let writes = 0
function nextWrite() {
  writes++
  return { matched: writes, call: { table: 'stores', where: { rank: { lt: writes } } } }
}

const FAILURES: readonly (readonly [string, Respond])[] = [
  [
    'returns an error',
    () => {
      throw new Error('no form')
    },
  ],
  ['returns no content', () => ({ action: 'accept' })],
  ['returns other content', () => ({ action: 'accept', content: { confirm: 'maybe' } })],
]

// Over HTTP the server has no stream for questions to older clients: they get the token at once.
describe.each<[Generation, Wire]>([
  ['v1', 'stdio'],
  ['v2', 'stdio'],
  ['v2', 'http'],
])('a %s client over %s that says it can ask its user', (generation, wire) => {
  let client: McpClient
  let answer: Respond

  beforeAll(async () => {
    const env = { ...environmentOf(emulator), XDG_STATE_HOME: makeFolder() }
    const respond: Respond = (message) => answer(message)
    client = await openClient(generation, env, [], { respond, wire })
  })

  afterAll(() => client.close())

  it.each(FAILURES)('but %s, writes nothing and gets the token', async (_what, respond) => {
    const { matched, call } = nextWrite()
    answer = respond
    // A client of the current protocol ends the call with an error of its own.
    const once = () => client.call('delete_records', call)
    const { isError, data, text } = await once().catch(once)
    expect({ isError, data }).toMatchObject({
      isError: true,
      data: {
        error: {
          code: 'CONFIRMATION_NEEDED',
          message: expect.stringMatching(/^Nothing was written\. The client (?:could|was asked)/),
        },
        would_delete: matched,
        confirm_token: expect.any(String),
      },
    })
    const { confirm_token } = data
    expect(text).toContain(String(confirm_token))
    expect(emulator.tables.count('stores')).toBe(STORE_COUNT)
    const done = await client.call('delete_records', { confirm_token })
    expect(done.data).toMatchObject({ deleted: matched })
    expect(emulator.tables.count('stores')).toBe(STORE_COUNT - matched)
  })

  it.each<[string, Respond]>([
    ['declines', () => false],
    ['cancels', () => ({ action: 'cancel' })],
  ])('and %s, gets no token, also if it fails to ask later', async (_what, respond) => {
    const { matched, call } = nextWrite()
    answer = respond
    for (let n = 0; n < 2; n++) {
      const declined = await client.call('delete_records', call)
      expect(declined).toMatchObject({ isError: true, data: { error: { code: 'NOT_CONFIRMED' } } })
      expect(declined.text).not.toContain('confirm_token')
      expect(declined.data).not.toHaveProperty('confirm_token')
    }
    answer = () => ({ action: 'accept' })
    const failed = await client.call('delete_records', call).catch(() => undefined)
    expect(failed?.data ?? {}).not.toHaveProperty('confirm_token')
    expect(emulator.tables.count('stores')).toBe(STORE_COUNT)
    answer = () => true
    const agreed = await client.call('delete_records', call)
    expect(agreed.data).toMatchObject({ deleted: matched })
  })
})

it('a v1 client over HTTP, which cannot be asked, gets the token at once', async () => {
  const { matched, call } = nextWrite()
  const env = { ...environmentOf(emulator), XDG_STATE_HOME: makeFolder() }
  await using stack = new AsyncDisposableStack()
  const options = { respond: () => true, wire: 'http' as const }
  const client = await openClient('v1', env, [], options)
  stack.defer(() => client.close())
  const { confirm_token } = (await client.call('delete_records', call)).data
  expect(confirm_token).toBeTypeOf('string')
  const done = await client.call('delete_records', { confirm_token })
  expect(done.data).toMatchObject({ deleted: matched })
})
