/** One browser for each worker, and pages that record what they do. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import axeCore from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { openBrowser } from './chromium.ts'

let shared: Promise<Browser> | undefined

/** Ends with the worker. */
export function sharedBrowser(): Promise<Browser> {
  shared ??= openBrowser()
  return shared
}

export interface PageOptions {
  readonly theme?: 'light' | 'dark'
  readonly width?: number
  readonly height?: number
  /** The header `content-security-policy`, if the page is given as HTML. */
  readonly csp?: string
}

export interface OpenedPage {
  readonly page: Page
  /** Errors and warnings of the console, and errors that nothing caught. */
  readonly errors: string[]
  /** Addresses of all requests after that of the page itself, those that were blocked included. */
  readonly requests: string[]
  /** Messages of dialogs, all of which are dismissed. */
  readonly dialogs: string[]
  close(): Promise<void>
}

/** Opens an address, or HTML, which is then served on loopback. */
export async function openPage(target: string, options: PageOptions = {}): Promise<OpenedPage> {
  const { theme = 'light', width = 1000, height = 800, csp } = options
  const served = target.trimStart().startsWith('<') ? await serveHtml(target, csp) : undefined
  const url = served?.url ?? target
  const context = await (await sharedBrowser()).newContext({
    colorScheme: theme,
    reducedMotion: 'reduce',
    viewport: { width, height },
  })
  const page = await context.newPage()
  const opened = { page, errors: [] as string[], requests: [] as string[], dialogs: [] as string[] }
  record(opened, url)
  await context.route(
    ({ protocol, hostname }) => /^https?:$/.test(protocol) && hostname !== '127.0.0.1',
    (route) => route.abort(),
  )
  await page.goto(url)
  return {
    ...opened,
    async close() {
      await context.close()
      await served?.close()
    },
  }
}

function record({ page, errors, requests, dialogs }: Omit<OpenedPage, 'close'>, url: string): void {
  page.on('console', (message) => {
    if (/error|warning/.test(message.type())) errors.push(message.text())
  })
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('request', (request) => {
    if (request.url() !== url.replace(/#.*/, '')) requests.push(request.url())
  })
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
}

export interface Violation {
  readonly id: string
  readonly impact: string | null
  /** The elements. */
  readonly html: readonly string[]
}

/** What axe finds against the rules of WCAG 2.2 A and AA. */
export async function axe(page: Page): Promise<Violation[]> {
  await page.evaluate(axeCore.source)
  return page.evaluate<Violation[]>(`
    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
      .then(({ violations }) => violations.map(({ id, impact, nodes }) => ({
        id, impact, html: nodes.map(({ html }) => html.slice(0, 200)),
      })))
  `)
}

export interface ServedHtml {
  readonly url: string
  close(): Promise<void>
}

export async function serveHtml(html: string, csp?: string): Promise<ServedHtml> {
  const server = createServer((_, response) => {
    if (csp !== undefined) response.setHeader('content-security-policy', csp)
    response.setHeader('content-type', 'text/html; charset=utf-8').end(html)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
