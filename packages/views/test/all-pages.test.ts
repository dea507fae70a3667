/** Every page: hostile texts, accessibility, light, dark, and narrow. Needs the built pages. */
import { afterEach, describe, expect, it } from 'vitest'
import { type EmbeddedData, PAGE_NAMES, type PageName, pageWithData } from '../dist/index.js'
import { hasBrowser } from './chromium.ts'
import { HOSTILE_TEXTS } from './hostile.ts'
import { axe, type OpenedPage, openPage, type PageOptions } from './open-page.ts'
import { sampleData, withTexts } from './sample-data.ts'

/** So that every text is in a cell of each column. */
const ROWS = 60

/** Shown as escapes: controls, what reorders text, and what draws nothing. */
const INVISIBLE = /[\p{Cf}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/u

let opened: OpenedPage

afterEach(() => opened?.close())

async function open(
  name: PageName,
  texts: readonly string[] | undefined,
  options: PageOptions = {},
): Promise<void> {
  const data = texts === undefined ? sampleData(name, ROWS) : manyPlaces(sampleData(name, ROWS))
  const html = await pageWithData(name, texts === undefined ? data : withTexts(data, texts))
  opened = await openPage(html, options)
  await expect.poll(() => opened.page.locator('#root').textContent()).not.toContain('Loading …')
  await expect.poll(() => opened.page.locator('#root').textContent()).not.toBe('')
}

/** More columns of a profile than a page of its own has, so that it has a place for every text. */
function manyPlaces({ profile, ...rest }: EmbeddedData): EmbeddedData {
  if (profile === undefined) return rest
  return { ...rest, profile: { ...profile, columns: Array(20).fill(profile.columns).flat() } }
}

function expectQuiet(): void {
  expect(opened.errors).toEqual([])
  expect(opened.requests).toEqual([])
  expect(opened.dialogs).toEqual([])
}

describe.runIf(hasBrowser).each(PAGE_NAMES)('the page %s', (name) => {
  it('shows hostile texts as texts', async () => {
    await open(name, HOSTILE_TEXTS)
    expectQuiet()
    const { page } = opened
    expect(await page.locator('img, iframe, object, embed, link, base').count()).toBe(0)
    expect(await page.locator('#root').locator('script, style').count()).toBe(0)
    const handlers = `[...document.querySelectorAll('*')].flatMap(({ attributes }) =>
      [...attributes].map(({ name }) => name).filter((name) => name.startsWith('on')))`
    expect(await page.evaluate(handlers)).toEqual([])
    const text = (await page.locator('#root').textContent()) ?? ''
    expect(text).toContain('<img src="https://example.invalid/x" onerror="alert(1)">')
    expect(text).toContain('\\u202eevil')
    expect(INVISIBLE.exec(text)).toBeNull()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(1000)
  })

  it.each(['light', 'dark'] as const)('has no violation of accessibility, %s', async (theme) => {
    await open(name, undefined, { theme })
    expect(await axe(opened.page)).toEqual([])
    expectQuiet()
  })

  it('fits 360 pixels, and has no violation there', async () => {
    await open(name, undefined, { width: 360, height: 640 })
    expect(await opened.page.evaluate('document.documentElement.scrollWidth')).toBe(360)
    expect(await axe(opened.page)).toEqual([])
    expectQuiet()
  })
})
