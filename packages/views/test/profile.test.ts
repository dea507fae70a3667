import { afterEach, describe, expect, it } from 'vitest'
import { axe, HOSTILE_TEXTS, hasBrowser } from './browser.ts'
import { type OpenedView, openView } from './mounted/open-view.ts'
import { columnProfile, PROFILE } from './mounted/sample-data.ts'

let view: OpenedView

afterEach(() => view?.close())

const open = async (
  facts: object = PROFILE,
  options: Parameters<typeof openView>[2] = {},
): Promise<OpenedView> => {
  view = await openView('profile', { profile: () => facts }, options)
  await view.page.getByRole('table').first().waitFor()
  return view
}

const names = () => view.page.locator('.toggle').allInnerTexts()

describe.runIf(hasBrowser)('the page of a profile', () => {
  it('shows the figures of each column', async () => {
    const { page, asked, errors, requests } = await open(PROFILE, {
      params: { table: 'stores@draft' },
    })
    expect(asked).toEqual([{ name: 'profile', params: { table: 'stores@draft' } }])
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain('stores')
    const row = page.locator('.column-row').nth(1)
    expect((await row.innerText()).split(/\s*[\t\n]\s*/)).toEqual([
      'name',
      'text',
      '97.2%',
      '1,200',
      'about 1,187',
      '14',
    ])
    const share = await row
      .locator('.bar-track')
      .evaluate(
        (track) =>
          track.firstElementChild!.getBoundingClientRect().width /
          track.getBoundingClientRect().width,
      )
    expect(share).toBeCloseTo(1_200 / 1_234, 2)
    await page.locator('.toggle').nth(1).click()
    const details = page.locator('.details-row:visible')
    expect(await details.innerText()).toContain('1,200 of 1,234, 97.2%')
    expect(await details.locator('li').allInnerTexts()).toEqual([
      '12 values: with a space at the beginning or end\n\n␣Ghent North\nLiège␣\n…',
      '2 values: with invisible characters\n\nBru\\u200bges\nNamur\\u00a0Citadel',
    ])
    expect([errors, requests]).toEqual([[], []])
  })

  it('draws top values against all values, and a histogram with its numbers', async () => {
    const { page } = await open()
    await page.locator('.toggle').nth(2).click()
    const top = page
      .getByRole('list', { name: 'Most frequent values of city' })
      .getByRole('listitem')
    expect((await top.allInnerTexts()).map((text) => text.split('\n'))).toEqual(
      PROFILE.columns[2]!.top.map(({ value, count }) => [
        value,
        String(count),
        expect.stringMatching(/^[\d.]+%$/),
      ]),
    )
    await page.locator('.toggle').nth(4).click()
    const { histogram } = PROFILE.columns[4]!
    const heights = await page
      .locator('.details-row:visible rect')
      .evaluateAll((all) => all.map((each) => Number(each.getAttribute('height'))))
    expect(heights).toHaveLength(histogram.length)
    const most = Math.max(...histogram.map(({ count }) => count))
    expect(heights.indexOf(Math.max(...heights))).toBe(
      histogram.findIndex(({ count }) => count === most),
    )
    await page.locator('.details-row:visible').getByText('Numbers').click()
    const numbers = page.locator('.details-row:visible .spark-numbers tbody tr')
    await numbers.first().waitFor()
    expect(await numbers.allInnerTexts()).toEqual(
      histogram.map(({ label, count }) => `${label}\t${count}`),
    )
  })

  it('shows changes over time with days without any', async () => {
    const { page } = await open()
    const activity = page.getByRole('region', { name: 'Changes over time' })
    const total = PROFILE.activity.reduce((sum, { changes }) => sum + changes, 0)
    expect(await activity.innerText()).toContain(`${total} changes in 23 days`)
    expect(await activity.locator('rect').count()).toBe(23)
    expect(await activity.getByRole('img').getAttribute('aria-describedby')).toBeTruthy()
  })

  it('sorts, and finds columns', async () => {
    const { page } = await open()
    const all = PROFILE.columns.map(({ name }) => name)
    expect(await names()).toEqual(all)
    const sort = (name: string) => page.getByRole('button', { name, exact: true }).click()
    await sort('Column')
    expect(await names()).toEqual(all.toSorted())
    expect(await page.locator('[aria-sort]').allInnerTexts()).toEqual([
      expect.stringContaining('Column'),
    ])
    await sort('Suspicious')
    expect((await names()).slice(0, 2)).toEqual(['name', 'city'])
    expect(await page.locator('[aria-sort="descending"]').count()).toBe(1)
    await sort('Suspicious')
    expect((await names()).slice(-2)).toEqual(['city', 'name'])
    await sort('Suspicious')
    expect(await names()).toEqual(all)
    await page.getByRole('searchbox').fill('AT')
    expect(await names()).toEqual(['rating'])
    expect(await page.getByRole('status').innerText()).toBe('1 of 6 columns')
  })

  it('works by keyboard alone', async () => {
    const { page } = await open()
    await page.keyboard.press('Tab') // the numbers of the sparkline
    await page.keyboard.press('Tab')
    await page.keyboard.type('a')
    const focused = () => page.evaluate('document.activeElement.textContent')
    while ((await focused()) !== 'name') await page.keyboard.press('Tab')
    await page.keyboard.press('ArrowDown')
    expect(await focused()).toBe('rating')
    await page.keyboard.press('Home')
    expect(await focused()).toBe('name')
    await page.keyboard.press('Enter')
    const toggle = page.locator('.toggle').first()
    expect(await toggle.getAttribute('aria-expanded')).toBe('true')
    const details = page.locator(`#${await toggle.getAttribute('aria-controls')}`)
    expect(await details.isVisible()).toBe(true)
    await page.keyboard.press('Space')
    expect(await details.isVisible()).toBe(false)
  })

  it('keeps 200 columns with hostile texts inert and in the width of a phone', async () => {
    const columns = Array.from({ length: 200 }, (_, index) => {
      const text = HOSTILE_TEXTS[index % HOSTILE_TEXTS.length]!
      return columnProfile(
        index < HOSTILE_TEXTS.length ? text.slice(0, 2_000) : `column ${index}`,
        {
          type: text.slice(0, 100),
          top: [{ value: text, count: 3 }],
          facts: [[text.slice(0, 100), text]],
          histogram: [{ label: text, count: 3 }],
          suspicious: [{ reason: text, count: 1, examples: [text] }],
        },
      )
    })
    const { page, dialogs, errors, requests } = await open(
      { ...PROFILE, table: HOSTILE_TEXTS[3], columns },
      { width: 360 },
    )
    for (let index = 0; index < HOSTILE_TEXTS.length; index += 1) {
      await page.locator('.toggle').nth(index).click()
    }
    expect(await page.locator('.column-row').count()).toBe(200)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
    expect(await page.locator('#root').locator('script, img, iframe, a').count()).toBe(0)
    expect([dialogs, errors, requests]).toEqual([[], [], []])
  })

  it.each(['light', 'dark'] as const)('has no violation of accessibility, %s', async (theme) => {
    const { page } = await open(PROFILE, { theme })
    for (const toggle of await page.locator('.toggle').all()) await toggle.click()
    expect(await axe(page)).toEqual([])
  })

  it('says why there is no profile, and tries again', async () => {
    let isBroken = true
    view = await openView('profile', {
      profile: () => {
        if (isBroken) throw new Error('The gateway does not answer.')
        return PROFILE
      },
    })
    const { page } = view
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').innerText()).toContain('The gateway does not answer.')
    isBroken = false
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('table').first().waitFor()
  })
})
