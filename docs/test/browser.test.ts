/**
 * The built site in a real browser, at three widths, light and dark: one page of each kind, or more with
 * `SITE_PAGES=all`. Screenshots are in `docs/screenshots`.
 */
import { join } from 'node:path'
import {
  axe,
  type Browser,
  hasBrowser,
  openBrowser,
  type Page,
} from '@chatlayer-tables/views/test-browser'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ServedSite, serveSite } from '../tools/site-server.ts'
import { DOCS } from '../tools/workspace.ts'

/** One page of each kind. */
const KINDS = [
  '/',
  '/start/terminal',
  '/guides/import-and-export',
  '/reference/api/classes/TableHandle',
]
const OTHERS = [
  '/start/developer',
  '/start/assistant',
  '/guides/using-core',
  '/reference/cli/records',
  '/reference/mcp-tools',
  '/reference/pages',
  '/packages/core',
  '/how-it-works/promises',
]
const PAGES = process.env.SITE_PAGES === 'all' ? [...KINDS, ...OTHERS] : KINDS
const WIDTHS = [360, 768, 1280]

let site: ServedSite
let browser: Browser

beforeAll(async () => {
  if (!hasBrowser) return
  site = await serveSite()
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  await site?.close()
})

const SCHEMES = ['light', 'dark'] as const

describe.runIf(hasBrowser)('the site, light and dark, at three widths', () => {
  it.each(PAGES)('%s', { timeout: 180_000 }, async (path) => {
    await withPage(async (page) => {
      await page.goto(`${site.url}${path}`)
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme })
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 900 })
          const name = `${path.slice(1).replaceAll('/', '-') || 'index'}-${width}-${colorScheme}`
          await page.screenshot({ path: join(DOCS, `screenshots/${name}.png`) })
          expect(await widthOf(page), `${width} pixels`).toBeLessThanOrEqual(width)
        }
        expect(await seriousViolations(page), colorScheme).toEqual([])
      }
    })
  })
})

describe.runIf(hasBrowser)('the site', () => {
  it('finds a word', { timeout: 180_000 }, async () => {
    await withPage(async (page) => {
      await page.goto(site.url)
      await page.getByRole('button', { name: 'Search' }).first().click()
      await page.getByRole('searchbox').fill('upsert')
      await page.locator('#localsearch-list a').first().click()
      await page.waitForURL(({ pathname }) => pathname.length > 1)
      await page.locator('.vp-doc', { hasText: /upsert/i }).waitFor()
    })
  })

  it('changes its colours by a switch', async () => {
    await withPage(async (page) => {
      await page.goto(site.url)
      const isDark = () => page.evaluate(() => document.documentElement.classList.contains('dark'))
      expect(await isDark()).toBe(false)
      await page.getByRole('switch').first().click()
      expect(await isDark()).toBe(true)
    })
  })
})

/** Fails on messages of the console, errors, failed requests, and requests that leave this machine. */
async function withPage(use: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext({
    colorScheme: 'light',
    reducedMotion: 'reduce',
    viewport: { width: 1280, height: 900 },
  })
  const problems: string[] = []
  await context.route(/.*/, (route) => {
    const url = route.request().url()
    if (url.startsWith(site.url) || url.startsWith('data:')) return route.continue()
    problems.push(`request to ${url}`)
    return route.abort()
  })
  try {
    const page = await context.newPage()
    page.on('console', (message) => {
      if (/error|warning/.test(message.type())) problems.push(message.text())
    })
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('response', (response) => {
      if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`)
    })
    await use(page)
    expect(problems).toEqual([])
  } finally {
    await context.close()
  }
}

function widthOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth)
}

/** VitePress shows the keys beside the name of its search button. */
const OF_VITEPRESS = new Set(['label-content-name-mismatch'])

async function seriousViolations(page: Page): Promise<string[]> {
  const violations = await axe(page)
  return violations
    .filter(({ id, impact }) => /serious|critical/.test(impact ?? '') && !OF_VITEPRESS.has(id))
    .map(({ id, html }) => `${id}: ${html.join(' | ')}`)
}
