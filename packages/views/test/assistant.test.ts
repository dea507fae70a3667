import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Assistant, openAssistant } from './assistant/assistant.ts'
import { bundlePage } from './bundle.ts'
import { hasBrowser } from './chromium.ts'

const CALL = { tool: 'preview', arguments: { table: 'stores' } }
const RESULT = { review: { id: 'r-1', digest: 'd-1' } }

let view: string
let assistant: Assistant

beforeAll(async () => {
  view = await bundlePage(
    'assistant/plain-view.ts',
    '<meta name="chatlayer-tool" content="preview">',
  )
})

afterEach(() => assistant?.close())

/** Replies of the server's tool: the nonce in metadata, everything else in the content. */
function server({ name, arguments: args }: { name: string; arguments?: object }): object {
  const { request, params } = args as { request: string; params: Record<string, unknown> }
  if (name !== 'view_data') throw new Error(`${name} is no tool for views`)
  const { result, _meta } = {
    changes: {
      result: { title: 'update', review: { id: params.review, digest: 'd-1' } },
      _meta: { 'chatlayer-tables/nonce': 'n-1' },
    },
    approve: { result: { state: 'done', message: 'Written.' } },
  }[request] ?? { result: undefined, _meta: undefined }
  if (result !== undefined) return { content: [], structuredContent: { result }, _meta }
  const error = { code: 'NOT_FOUND', message: 'There is no such table.', hint: 'Look.' }
  return { isError: true, content: [{ type: 'text', text: JSON.stringify({ error }) }] }
}

async function open(options: Parameters<typeof openAssistant>[2] = {}): Promise<Assistant> {
  assistant = await openAssistant(view, server, options)
  await expect.poll(async () => (await assistant.record()).isInitialized).toBe(true)
  return assistant
}

async function text(): Promise<string | null> {
  return (await assistant.view()).textContent('#root')
}

/** Runs code in the view. */
async function run<T>(code: string): Promise<T> {
  return (await assistant.view()).evaluate<T>(code)
}

async function openResult(): Promise<void> {
  await open()
  await assistant.send('sendToolInput', { arguments: CALL.arguments })
  await assistant.send('sendToolResult', { content: [], structuredContent: RESULT })
  await expect.poll(text).toContain('r-1')
}

describe.runIf(hasBrowser)('a view in an assistant', () => {
  it('learns what it shows from structured content', async () => {
    await openResult()
    expect(JSON.parse((await text()) ?? '')).toEqual({ table: 'stores', review: 'r-1', call: CALL })
    expect(assistant.calls).toEqual([])
    expect(assistant.errors).toEqual([])
    expect(assistant.requests.filter((url) => !/:\d+\/$|^about:/.test(url))).toEqual([])
  })

  it('learns it from content alone', async () => {
    await open()
    await assistant.send('sendToolInput', { arguments: CALL.arguments })
    await assistant.send('sendToolResult', {
      content: [
        { type: 'text', text: 'The user must approve this.' },
        { type: 'text', text: JSON.stringify(RESULT) },
      ],
    })
    await expect.poll(text).toContain('"review":"r-1"')
  })

  it('does with the arguments of the call if no result arrives', async () => {
    await open({
      context: { toolInfo: { tool: { name: 'query_records', inputSchema: { type: 'object' } } } },
    })
    await assistant.send('sendToolInput', { arguments: { table: 'stores', group_by: ['city'] } })
    await expect
      .poll(async () => JSON.parse((await text())?.replace('Loading …', 'null') ?? 'null'))
      .toEqual({
        table: 'stores',
        call: { tool: 'query_records', arguments: { table: 'stores', group_by: ['city'] } },
        isGrouped: true,
      })
  })

  it('adds the nonce of the opened review to its approval, once', async () => {
    await openResult()
    const approve = `host.request('approve', { review: 'r-1', digest: 'd-1' })`
    await run(`host.request('changes', { review: 'r-1' })`)
    expect(await run(approve)).toEqual({ state: 'done', message: 'Written.' })
    expect(assistant.calls.at(-1)?.arguments).toEqual({
      request: 'approve',
      params: { review: 'r-1', digest: 'd-1', nonce: 'n-1' },
    })
    await expect(run(`${approve}.catch((error) => { throw error.code })`)).rejects.toThrow(
      'NO_NONCE',
    )
    expect(assistant.calls).toHaveLength(2)
    expect(await run('document.documentElement.outerHTML')).not.toContain('n-1')
  })

  it('passes on errors of the server', async () => {
    await openResult()
    const failure = await run(
      `host.request('table', {}).catch(({ code, message, hint }) => ({ code, message, hint }))`,
    )
    expect(failure).toEqual({
      code: 'NOT_FOUND',
      message: 'There is no such table.',
      hint: 'Look.',
    })
  })

  it('shows the rows of the result if the host passes on no calls', async () => {
    await open({ capabilities: {} })
    await assistant.send('sendToolInput', { arguments: { table: 'stores' } })
    await assistant.send('sendToolResult', {
      content: [],
      structuredContent: {
        version: 'LIVE',
        columns: ['id', 'tags'],
        rows: [['7', ['a']]],
        total: 9,
      },
    })
    await expect.poll(text).toContain('stores')
    expect(await run(`host.request('records', { offset: 0, limit: 10, filters: [] })`)).toEqual({
      rows: [{ id: '7', cells: ['7', { json: '["a"]' }] }],
      total: 1,
    })
    expect(await run(`host.request('profile', {}).catch(({ message }) => message)`)).toBe(
      "The assistant's app does not let this page ask for data.",
    )
    expect(assistant.calls).toEqual([])
  })

  it('takes theme and variables, and their changes', async () => {
    await open({
      context: { theme: 'dark', styles: { variables: { '--color-text-primary': 'rgb(1, 2, 3)' } } },
    } as Parameters<typeof openAssistant>[2])
    const style = `(({ colorScheme }, all) => [colorScheme, all.getPropertyValue('--color-text-primary')])(
      document.documentElement.style, getComputedStyle(document.documentElement))`
    await expect.poll(() => run(style)).toEqual(['dark', 'rgb(1, 2, 3)'])
    await assistant.send('setHostContext', { theme: 'light' })
    await expect.poll(() => run(style)).toEqual(['light', 'rgb(1, 2, 3)'])
  })

  it('asks for a height that is never small, and for more when it grows', async () => {
    await openResult()
    await run(`document.querySelector('#root').style.height = '900px'`)
    await expect
      .poll(async () => (await assistant.record()).sizes.at(-1))
      .toBeGreaterThanOrEqual(900)
    for (const size of (await assistant.record()).sizes) expect(size).toBeGreaterThanOrEqual(240)
  })

  it('tells the model what the user did, all of it', async () => {
    await open({ capabilities: { serverTools: {}, updateModelContext: { text: {} } } })
    await assistant.send('sendToolResult', { content: [], structuredContent: RESULT })
    await expect.poll(text).toContain('r-1')
    await run(`host.report('Approved 2 changes.')`)
    await run(`host.report('Declined 1 change.')`)
    await expect
      .poll(async () => (await assistant.record()).contexts.at(-1))
      .toEqual([{ type: 'text', text: 'Approved 2 changes.\nDeclined 1 change.' }])
    expect((await assistant.record()).messages).toEqual([])
  })

  it('ignores messages of other windows', async () => {
    await open()
    await run(`new Promise((resolve) => {
      const frame = document.createElement('iframe')
      window.addEventListener('message', ({ source }) => source === frame.contentWindow && resolve(), true)
      frame.srcdoc = ${JSON.stringify(
        `<script>parent.postMessage(${JSON.stringify({
          jsonrpc: '2.0',
          method: 'ui/notifications/tool-result',
          params: { structuredContent: { review: { id: 'forged' } } },
        })}, '*')</script>`,
      ).replaceAll('</script', '<\\/script')}
      document.body.append(frame)
    })`)
    await assistant.send('sendToolResult', { content: [], structuredContent: RESULT })
    await expect.poll(text).toContain('r-1')
    expect(await text()).not.toContain('forged')
  })

  it('says that a call was cancelled', async () => {
    await open()
    await assistant.send('sendToolCancelled', { reason: 'user action' })
    await expect.poll(text).toContain('The call was cancelled.')
  })

  it('answers the end, and asks nothing after it', async () => {
    await openResult()
    await run(`host.request('changes', { review: 'r-1' })`)
    await assistant.send('teardownResource')
    expect(await run(`host.request('changes', { review: 'r-1' }).catch(({ code }) => code)`)).toBe(
      'CLOSED',
    )
    expect(assistant.calls).toHaveLength(1)
  })
})
