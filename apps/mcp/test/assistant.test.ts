/** Views of this server in an assistant's app, played by the official bridge in Chromium. */
import type { Emulator } from '@chatlayer-tables/emulator'
import { type Assistant, hasBrowser, openAssistant } from '@chatlayer-tables/views/test-browser'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Generation, type McpClient, openClient, type Wire } from './clients.ts'
import { environmentOf, startFixture } from './fixture.ts'

const KINDS: [Generation, Wire][] = [
  ['v1', 'stdio'],
  ['v2', 'stdio'],
  ['v1', 'http'],
  ['v2', 'http'],
]

interface Tool {
  readonly name: string
  readonly _meta?: { readonly ui?: { readonly resourceUri?: string } }
}

interface CallsTools {
  callTool(params: object): Promise<{ structuredContent?: unknown; content: unknown }>
}

let emulator: Emulator
let client: McpClient
let assistant: Assistant | undefined

beforeEach(async () => {
  emulator = await startFixture()
})

afterEach(async () => {
  await assistant?.close()
  assistant = undefined
  await client.close()
  await emulator.close()
})

async function connect([generation, wire]: [Generation, Wire]): Promise<void> {
  client = await openClient(generation, environmentOf(emulator), ['--confirm', 'review'], {
    wire,
    showsViews: true,
  })
}

function raw(): CallsTools {
  return client.raw as unknown as CallsTools
}

/** Calls a tool as a model does, and shows its page, which gets what `pick` leaves of the result. */
async function show(
  name: string,
  args: object,
  pick: 'all' | 'content' | 'nothing' = 'all',
): Promise<string> {
  const { tools } = (await client.raw.listTools()) as { tools: Tool[] }
  const uri = tools.find((tool) => tool.name === name)?._meta?.ui?.resourceUri ?? ''
  const [page] = (await client.raw.readResource({ uri })).contents as { text: string }[]
  const result = await raw().callTool({ name, arguments: args })
  assistant = await openAssistant(page?.text ?? '', (params) => raw().callTool(params), {
    capabilities: { serverTools: {}, updateModelContext: { text: {} } },
  })
  await expect.poll(async () => (await assistant?.record())?.isInitialized).toBe(true)
  await assistant.send('sendToolInput', { arguments: args })
  const { structuredContent: _, ...content } = result
  if (pick !== 'nothing') await assistant.send('sendToolResult', pick === 'all' ? result : content)
  return JSON.stringify(result)
}

async function text(): Promise<string> {
  return (await (await assistant?.view())?.locator('#root').textContent()) ?? ''
}

async function press(name: RegExp): Promise<void> {
  await (await assistant?.view())?.getByRole('button', { name }).click()
}

const UPDATE = { table: 'stores', where: { city: 'Ghent' }, set: { city: 'Gent' } }

function cities(): Promise<number> {
  return client
    .call('query_records', { table: 'stores', where: { city: 'Gent' }, limit: 0 })
    .then(({ data }) => Number(data.total))
}

describe.runIf(hasBrowser).each(KINDS)('with a %s client over %s', (...kind) => {
  it('a click approves an update, of which the result has no secret', async () => {
    await connect(kind)
    const result = await show('update_records', UPDATE)
    expect(result).not.toContain('nonce')
    await expect.poll(text).toContain('Ghent')
    expect(await cities()).toBe(0)
    await press(/^Approve/)
    await expect.poll(cities).toBe(40)
    await expect.poll(text).toContain('40 records updated.')
    const { contexts = [] } = (await assistant?.record()) ?? {}
    expect(JSON.stringify(contexts)).toMatch(/approved/i)
    expect(assistant?.errors).toEqual([])
    expect(assistant?.dialogs).toEqual([])
  })
})

describe.runIf(hasBrowser)('a view of this server', () => {
  it('shows an update to approve if only content reaches it', async () => {
    await connect(['v2', 'stdio'])
    await show('update_records', UPDATE, 'content')
    await expect.poll(text).toContain('Gent')
    await press(/^Decline/)
    await expect.poll(text).toContain('Declined; nothing was written.')
    expect(await cities()).toBe(0)
  })

  it.each(['all', 'content', 'nothing'] as const)(
    'shows records if %s reaches it',
    async (pick) => {
      await connect(['v2', 'stdio'])
      await show('query_records', { table: 'stores', where: { city: 'Ghent' } }, pick)
      await expect.poll(text).toContain('Store 1')
      expect(await text()).not.toContain('Bruges')
      expect(assistant?.errors).toEqual([])
    },
  )
})
