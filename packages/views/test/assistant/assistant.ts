/** Plays an assistant's app that shows a view: the official bridge, sandbox and policy of MCP Apps. */
import type { McpUiHostCapabilities, McpUiHostContext } from '@modelcontextprotocol/ext-apps'
import type { Frame } from 'playwright-core'
import { bundlePage } from '../bundle.ts'
import { type OpenedPage, openPage, type PageOptions, serveHtml } from '../open-page.ts'

/** What hosts set for views that declare no domains. */
const DEFAULT_CSP =
  "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; " +
  "img-src 'self' data:; media-src 'self' data:; connect-src 'none'"

export interface AssistantOptions {
  /** Default: it passes on calls of tools. */
  readonly capabilities?: McpUiHostCapabilities
  readonly context?: McpUiHostContext
}

export interface AssistantRecord {
  isInitialized: boolean
  /** Heights that the view asked for. */
  readonly sizes: number[]
  /** What the view told the model. */
  readonly contexts: unknown[]
  readonly messages: unknown[]
}

export interface ToolCallParams {
  readonly name: string
  readonly arguments?: Readonly<Record<string, unknown>>
}

export interface Assistant extends OpenedPage {
  /** Calls of tools by the view. */
  readonly calls: ToolCallParams[]
  record(): Promise<AssistantRecord>
  /** Sends by the bridge, such as `sendToolResult`. */
  send(method: string, params?: unknown): Promise<void>
  /** The frame of the view. */
  view(): Promise<Frame>
}

let pages: Promise<[host: string, sandbox: string]> | undefined

/** Shows a view. @param callTool answers its calls of tools */
export async function openAssistant(
  html: string,
  callTool: (params: ToolCallParams) => unknown,
  options: AssistantOptions & PageOptions = {},
): Promise<Assistant> {
  pages ??= Promise.all([
    bundlePage('assistant/host-page.ts'),
    bundlePage('assistant/sandbox-page.ts'),
  ])
  const [hostPage, sandboxPage] = await pages
  const sandbox = await serveHtml(sandboxPage, DEFAULT_CSP)
  const opened = await openPage(hostPage, options)
  const { page } = opened
  const calls: ToolCallParams[] = []
  await page.exposeFunction('callTool', async (params: ToolCallParams) => {
    calls.push(params)
    return await callTool(params)
  })
  const { capabilities, context } = options
  const args = [sandbox.url, html, { capabilities, context }].map((it) => JSON.stringify(it))
  await page.evaluate(`start(${args.join(', ')})`)
  return {
    ...opened,
    calls,
    record: () => page.evaluate<AssistantRecord>('record'),
    send: (method, params = {}) => page.evaluate(`bridge.${method}(${JSON.stringify(params)})`),
    view: async () => {
      for (;;) {
        const frame = page.frames().find((each) => each.url() === 'about:srcdoc')
        if (frame !== undefined) return frame
        await page.waitForEvent('frameattached').catch(() => undefined)
      }
    },
    async close() {
      await opened.close()
      await sandbox.close()
    },
  }
}
