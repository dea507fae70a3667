import { afterEach, describe, expect, it } from 'vitest'
import { axe, hasBrowser, type OpenedPage, openPage } from './browser.ts'

let opened: OpenedPage

afterEach(() => opened?.close())

describe.runIf(hasBrowser)('the browser of tests', () => {
  it('records errors, requests and dialogs', async () => {
    opened = await openPage(
      '<script>alert(1); console.error("wrong"); fetch("https://example.invalid/x").catch(() => 0)</script>',
    )
    await expect.poll(() => opened.errors).toContain('wrong')
    expect(opened.dialogs).toEqual(['1'])
    await expect.poll(() => opened.requests).toEqual(['https://example.invalid/x'])
  })

  it('records what a policy blocks', async () => {
    opened = await openPage('<img src="/x.png"><script>alert(1)</script>', {
      csp: "default-src 'none'",
    })
    await expect.poll(() => opened.errors.length).toBe(2)
    expect(opened.dialogs).toEqual([])
  })

  it('finds violations of accessibility in pages with a policy', async () => {
    opened = await openPage('<html lang="en"><title>x</title><button></button></html>', {
      csp: "default-src 'none'",
    })
    expect((await axe(opened.page)).map(({ id }) => id)).toEqual(['button-name'])
  })
})
