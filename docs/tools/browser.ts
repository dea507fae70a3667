/** Chromium with the libraries and fonts that its npm package brings, and the built site on loopback. */
import { createReadStream, existsSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import chromium, { inflate } from '@sparticuz/chromium'
import { type Browser, chromium as playwright } from 'playwright-core'
import { DOCS } from './workspace.ts'

const SITE = join(DOCS, '.vitepress/dist')
const PACKED = fileURLToPath(new URL('../bin', import.meta.resolve('@sparticuz/chromium')))

/** The package's binary is for Linux on x64; elsewhere `CHROMIUM` names one. */
export const hasBrowser =
  process.env.CHROMIUM !== undefined || (process.platform === 'linux' && process.arch === 'x64')

export async function openBrowser(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']
  const { CHROMIUM: installed, ...env } = process.env
  if (installed !== undefined) return playwright.launch({ executablePath: installed, args })
  const executablePath = await chromium.executablePath(PACKED)
  await inflate(join(PACKED, 'al2023.tar.br'))
  return playwright.launch({
    executablePath,
    args: ['--headless=shell', ...args],
    env: {
      ...env,
      LD_LIBRARY_PATH: join(tmpdir(), 'al2023/lib'),
      FONTCONFIG_PATH: join(tmpdir(), 'fonts'),
    },
  })
}

const TYPES: Record<string, string> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
}

export interface ServedSite {
  readonly url: string
  close(): Promise<void>
}

export async function serveSite(): Promise<ServedSite> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const file = fileOf(decodeURIComponent(pathname))
    if (file === undefined) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' })
    createReadStream(file).pipe(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function fileOf(path: string): string | undefined {
  const file = normalize(join(SITE, path))
  const candidates = [file, `${file}.html`, join(file, 'index.html')]
  return candidates.find(
    (each) => each.startsWith(SITE) && existsSync(each) && statSync(each).isFile(),
  )
}
