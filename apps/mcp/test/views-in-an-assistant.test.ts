/** The server's own pages in an assistant's app, with data of the server. */
import type { Emulator } from '@chatlayer-tables/emulator'
import { type Assistant, hasBrowser, openAssistant } from '@chatlayer-tables/views/test-browser'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type McpClient, openHttp } from './clients.ts'
import { environmentOf, startFixture } from './fixture.ts'
import { type HttpProcess, startHttpServer } from './http-server.ts'

let emulator: Emulator
let server: HttpProcess
let client: McpClient
let assistant: Assistant | undefined

beforeAll(async () => {
  emulator = await startFixture()
  server = await startHttpServer(environmentOf(emulator))
  client = await openHttp('v2', server.url, undefined, undefined, true)
})

afterEach(() => assistant?.close())

afterAll(async () => {
  await client.close()
  await server.stop()
  await emulator.close()
})

interface Called {
  readonly content: readonly unknown[]
  readonly structuredContent?: unknown
}

/** What an app passes on of a result: some pass on the content alone. */
type Passes = (result: Called) => Called
const WHOLE: Passes = (result) => result
const CONTENT_ALONE: Passes = ({ content }) => ({ content })

function callTool(name: string, args: object): Promise<Called> {
  const raw = client.raw as unknown as { callTool(params: object): Promise<Called> }
  return raw.callTool({ name, arguments: args })
}

/** Calls a tool, and shows its result in its page. */
async function show(tool: string, args: object, passes: Passes): Promise<Called> {
  const { tools } = (await client.raw.listTools()) as {
    tools: { name: string; _meta?: Record<string, string> }[]
  }
  const uri = tools.find(({ name }) => name === tool)?._meta?.['ui/resourceUri'] ?? ''
  const { contents } = await client.raw.readResource({ uri })
  const [{ text: html }] = contents as [{ text: string }]
  assistant = await openAssistant(html, (params) =>
    callTool(params.name, params.arguments ?? {}).then(passes),
  )
  const opened = assistant
  await expect.poll(async () => (await opened.record()).isInitialized).toBe(true)
  const result = await callTool(tool, args)
  await opened.send('sendToolInput', { arguments: args })
  await opened.send('sendToolResult', passes(result))
  return result
}

async function text(): Promise<string> {
  return (await (await assistant?.view())?.textContent('body')) ?? ''
}

describe.runIf(hasBrowser).each([
  ['whole results', WHOLE],
  ['content alone', CONTENT_ALONE],
])('an app that passes on %s', (_name, passes) => {
  it('shows the records of a preview, and nothing is written', async () => {
    const where = { rank: { gte: 55 } }
    await show(
      'update_records',
      { table: 'stores', where, set: { city: 'Lier' }, dry_run: true },
      passes,
    )
    await expect.poll(text).toContain('Lier')
    expect(await text()).toContain('update 5 records of "stores"')
    expect(await text()).toContain('Store 59')
    expect(emulator.tables.records('stores').some(({ values }) => values.city === 'Lier')).toBe(
      false,
    )
    expect(assistant?.errors).toEqual([])
  })

  it('shows what was written', async () => {
    await show('insert_records', { table: 'leads', records: [{ message: 'call me' }] }, passes)
    await expect.poll(text).toContain('call me')
    expect(assistant?.errors).toEqual([])
  })

  it('shows the profile of a table', async () => {
    await show('describe_table', { table: 'stores' }, passes)
    await expect.poll(text).toContain('60 records, 5 columns')
    expect(assistant?.errors).toEqual([])
  })

  it('shows the journal', async () => {
    await show('list_changes', { table: 'leads' }, passes)
    await expect.poll(text).toContain('insert_records')
    expect(assistant?.errors).toEqual([])
  })

  it('shows the differences of two tables', async () => {
    await show('compare_tables', { a: 'stores', b: 'stores@live' }, passes)
    await expect.poll(text).toContain('Store 0')
    expect(await text()).toContain('deleted 60')
    expect(assistant?.errors).toEqual([])
  })
})
