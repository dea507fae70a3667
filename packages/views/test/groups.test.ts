import { afterEach, describe, expect, it } from 'vitest'
import { axe, HOSTILE_TEXTS, hasBrowser } from './browser.ts'
import { type OpenedView, openView } from './mounted/open-view.ts'
import { GROUPS } from './mounted/sample-data.ts'

let view: OpenedView

afterEach(() => view?.close())

async function open(facts: object = GROUPS, options: Parameters<typeof openView>[2] = {}) {
  view = await openView('groups', { groups: () => facts }, options)
  await view.page.getByRole('heading', { level: 1 }).waitFor()
  return view
}

const labels = () => view.page.locator('.bar-label').allInnerTexts()
const texts = () => view.page.locator('.bar-text').allInnerTexts()

describe.runIf(hasBrowser)('bars of groups', () => {
  it('draws one measure, next to a table of all', async () => {
    const { page, errors } = await open()
    expect(await labels()).toEqual([
      'Ghent · true',
      'Antwerp · true',
      'Brussels · null',
      'Bru\\u202eges · false',
    ])
    expect(await texts()).toEqual(['150', '208', '12', '3'])
    const widths = await page
      .locator('.bar-fill')
      .evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect().width))
    expect(widths[0]! / widths[1]!).toBeCloseTo(150 / 208, 2)
    const rows = await page.locator('.groups-table tr').allInnerTexts()
    expect(rows[0]).toBe('city\topen\tcount\tsum of balance\tfirst name')
    expect(rows[2]).toBe('Antwerp\ttrue\t208\t1200.75\tAntwerp')
    expect(errors).toEqual([])
  })

  it('draws another measure, with negative numbers left of zero', async () => {
    const { page } = await open()
    await page.getByLabel('Bars').first().selectOption('sum of balance')
    expect(await texts()).toEqual(['-20.5', '1200.75', 'null', '300'])
    const boxes = await page.locator('.bar-fill').evaluateAll((bars) =>
      bars.map((bar) => {
        const { left, right } = bar.getBoundingClientRect()
        return { left, right }
      }),
    )
    expect(boxes).toHaveLength(3)
    expect(boxes[0]!.right).toBeCloseTo(boxes[1]!.left, 0)
    expect(await page.locator('.bar-negative').count()).toBe(1)
    // A measure without numbers cannot be drawn.
    expect(await page.getByLabel('Bars').first().locator('option').allInnerTexts()).toEqual([
      'count',
      'sum of balance',
    ])
  })

  it('sorts bars and table, and copies them as CSV in that order', async () => {
    const { page } = await open()
    await page.getByLabel('Order').selectOption('by value')
    expect(await texts()).toEqual(['208', '150', '12', '3'])
    await page.getByLabel('Order').selectOption('by label')
    expect((await labels())[0]).toBe('Antwerp · true')
    await page.evaluate(`
      Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => { window.copied = text } } })
    `)
    await page.getByRole('button', { name: 'Copy as CSV' }).click()
    await expect.poll(() => page.getByRole('status').innerText()).toBe('Copied')
    expect(await page.evaluate('window.copied')).toBe(
      'city,open,count,sum of balance,first name\r\n' +
        'Antwerp,true,208,1200.75,Antwerp\r\n' +
        'Bru\u202eges,false,3,300,\r\n' +
        'Brussels,,12,,\r\n' +
        'Ghent,true,150,-20.5,Ghent North\r\n',
    )
  })

  it('shows 1,000 groups with hostile labels step by step, by keyboard', async () => {
    const groups = Array.from({ length: 1_000 }, (_, index) => ({
      labels: [HOSTILE_TEXTS[index % HOSTILE_TEXTS.length]!, index],
      values: [1_000 - index, null, null],
    }))
    const { page, dialogs, errors, requests } = await open({ ...GROUPS, groups }, { width: 360 })
    expect(await page.locator('.bar-label').count()).toBe(50)
    const more = page.getByRole('button', { name: 'Show 50 more of 950' })
    await more.focus()
    await page.keyboard.press('Enter')
    expect(await page.locator('.bar-label').count()).toBe(100)
    expect(
      await page.evaluate('document.activeElement.querySelector(".bar-text").textContent'),
    ).toBe('950')
    while (await page.locator('.bars-more').isVisible()) await page.locator('.bars-more').click()
    expect(await texts()).toEqual(groups.map(({ values }) => String(values[0])))
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
    expect(await page.locator('#root').locator('script, img, iframe, a').count()).toBe(0)
    expect([dialogs, errors, requests]).toEqual([[], [], []])
  })

  it.each(['light', 'dark'] as const)('has no violation of accessibility, %s', async (theme) => {
    const { page } = await open(GROUPS, { theme })
    expect(await axe(page)).toEqual([])
  })

  it('says that there are no groups', async () => {
    const { page } = await open({ ...GROUPS, groups: [] })
    expect(await page.locator('#root').innerText()).toContain('No record matches')
  })
})
