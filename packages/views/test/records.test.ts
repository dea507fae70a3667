/** The page of records, as a file, in a browser. Needs the built pages. */
import { afterEach, describe, expect, it } from 'vitest'
import { pageWithData } from '../dist/index.js'
import type { Cell, RecordRow, TableFacts } from '../src/index.ts'
import { axe, HOSTILE_TEXTS, hasBrowser, type OpenedPage, openPage } from './browser.ts'

const table: TableFacts = {
  table: 'stores',
  version: 'DRAFT',
  total: 0,
  isWritable: false,
  facts: [['bot', 'Ghent bikes']],
  columns: [
    { name: 'name', type: 'string' },
    { name: 'city', type: 'string' },
    { name: 'stock', type: 'number' },
    { name: 'is_open', type: 'boolean' },
    { name: 'hours', type: 'json' },
    { name: 'opened_at', type: 'timestamp' },
  ],
}

const CITIES = ['Ghent', 'Antwerp', 'Brussels', 'Liège', 'Namur', 'Leuven']

function rowAt(index: number): RecordRow {
  const day = String((index % 28) + 1).padStart(2, '0')
  const cells: Cell[] = [
    `Store ${index}`,
    CITIES[index % CITIES.length] ?? null,
    index % 11 === 3 ? null : (index * 37) % 1_000,
    index % 3 !== 0,
    { json: `{"mon":"09:00-18:00","sat":${index % 2 ? '"closed"' : '[10,16]'}}` },
    `2024-03-${day}T08:30:00.000Z`,
  ]
  const id = `${index.toString(16).padStart(8, '0')}-6c1f-4b7e-9a52-0d3b5c7e9f10`
  const at = `2024-04-${day}T10:00:00.000Z`
  return { id, createdAt: at, updatedAt: at, cells }
}

let opened: OpenedPage | undefined

afterEach(async () => {
  await opened?.close()
  opened = undefined
})

async function open(rows: readonly RecordRow[], options: Parameters<typeof openPage>[1] = {}) {
  const total = rows.length
  const data = { table: { ...table, total }, records: { rows, total } }
  opened = await openPage(await pageWithData('records', data), options)
  await opened.page.locator('.grid-body .grid-row').first().waitFor()
  return opened
}

const rowsOf = (count: number) => Array.from({ length: count }, (_, index) => rowAt(index))

/** Texts of the rows in sight, a list of cells each, without the box. */
function cellsOf({ page }: OpenedPage, column: number): Promise<string[]> {
  return page.locator(`.grid-body .grid-row .grid-cell:nth-child(${column + 2})`).allTextContents()
}

const status = ({ page }: OpenedPage) => page.locator('.records-status').textContent()

describe.runIf(hasBrowser)('the page of records', () => {
  it('shows what the data has', async () => {
    const rows = rowsOf(20)
    const it = await open(rows, { width: 1500 })
    expect(await cellsOf(it, 0)).toEqual(rows.map(({ id }) => id))
    expect(await cellsOf(it, 1)).toEqual(rows.map(({ cells }) => cells[0]))
    expect(await cellsOf(it, 3)).toEqual(rows.map(({ cells }) => String(cells[2])))
    expect(await status(it)).toBe('20 records')
    expect(it.errors).toEqual([])
    expect(it.requests).toEqual([])
  })

  it('sorts by a header, then the other way round, then not', async () => {
    const it = await open(rowsOf(30))
    const header = it.page.getByRole('columnheader', { name: 'stock' })
    const numbers = async () => (await cellsOf(it, 3)).filter((text) => text !== 'null').map(Number)
    await header.getByRole('button').click()
    expect(await header.getAttribute('aria-sort')).toBe('ascending')
    await expect.poll(numbers).toEqual((await numbers()).toSorted((a, b) => a - b))
    await header.getByRole('button').click()
    expect(await header.getAttribute('aria-sort')).toBe('descending')
    await expect.poll(numbers).toEqual((await numbers()).toSorted((a, b) => b - a))
    await header.getByRole('button').click()
    expect(await header.getAttribute('aria-sort')).toBeNull()
    await expect.poll(() => cellsOf(it, 1)).toContain('Store 0')
  })

  it('filters, searches, and removes a filter', async () => {
    const it = await open(rowsOf(60))
    await it.page.getByRole('button', { name: 'Filter' }).click()
    await it.page.getByLabel('Column', { exact: true }).selectOption('city')
    await it.page.getByLabel('Condition').selectOption('contains')
    await it.page.getByLabel('Value').fill('GHE')
    await it.page.getByRole('button', { name: 'Add filter' }).click()
    await expect.poll(() => status(it)).toBe('10 of 60 records')
    expect(new Set(await cellsOf(it, 2))).toEqual(new Set(['Ghent']))
    await it.page.getByRole('searchbox').fill('store 1')
    await expect.poll(() => cellsOf(it, 1)).toEqual(['Store 12', 'Store 18'])
    await it.page.getByRole('button', { name: /^Remove filter/ }).click()
    await expect.poll(() => status(it)).toBe('11 of 60 records')
  })

  it('hides a column', async () => {
    const it = await open(rowsOf(5))
    await it.page.getByRole('button', { name: 'Columns' }).click()
    await it.page.getByLabel('city').uncheck()
    expect(await it.page.getByRole('columnheader', { name: 'city' }).count()).toBe(0)
    expect((await cellsOf(it, 2))[1]).toBe('37')
  })

  it('opens a record with all its values', async () => {
    const it = await open(rowsOf(5))
    await it.page.getByText('Store 2').click()
    const dialog = it.page.getByRole('dialog')
    expect(await dialog.locator('dd').allTextContents()).toEqual([
      rowAt(2).id,
      'Store 2',
      'Brussels',
      '74',
      'true',
      '{\n  "mon": "09:00-18:00",\n  "sat": [\n    10,\n    16\n  ]\n}',
      '2024-03-03T08:30:00.000Z',
      '2024-04-03T10:00:00.000Z',
      '2024-04-03T10:00:00.000Z',
    ])
    await it.page.keyboard.press('Escape')
    await expect.poll(() => dialog.count()).toBe(0)
  })

  it('copies the selected records as CSV', async () => {
    const it = await open(rowsOf(5))
    await it.page.evaluate(() => {
      const texts: string[] = []
      Object.assign(globalThis, { copiedTexts: texts })
      Object.defineProperty(navigator, 'clipboard', {
        value: { writeText: async (text: string) => void texts.push(text) },
      })
    })
    await it.page.getByLabel(`Select record ${rowAt(1).id}`).check()
    await it.page.getByLabel(`Select record ${rowAt(3).id}`).check()
    await it.page.getByRole('button', { name: 'Copy CSV' }).click()
    await expect.poll(() => status(it)).toContain('Copied 2 records.')
    const [csv] = await it.page.evaluate<string[]>('copiedTexts')
    expect(csv?.split('\r\n').slice(0, 2)).toEqual([
      'id,name,city,stock,is_open,hours,opened_at,createdAt,updatedAt',
      `${rowAt(1).id},Store 1,Antwerp,37,true,"{""mon"":""09:00-18:00"",""sat"":""closed""}",2024-03-02T08:30:00.000Z,2024-04-02T10:00:00.000Z,2024-04-02T10:00:00.000Z`,
    ])
    expect(csv?.split('\r\n')).toHaveLength(4)
  })

  it('is used with the keyboard alone', async () => {
    const it = await open(rowsOf(500))
    const { page } = it
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key)
    }
    await page.getByRole('button', { name: 'Copy CSV' }).focus()
    await press('Tab', 'ArrowRight', 'ArrowRight', 'Enter')
    const header = page.getByRole('columnheader', { name: 'name' })
    await expect.poll(() => header.getAttribute('aria-sort')).toBe('ascending')
    await press('ArrowDown', 'ArrowDown', ' ')
    await expect.poll(() => status(it)).toBe('500 records · 1 selected')
    await press('Control+End')
    const current = () =>
      page.evaluate(() =>
        document.activeElement?.closest('.grid-row')?.getAttribute('aria-rowindex'),
      )
    await expect.poll(current).toBe('501')
    await press('Enter')
    await page.getByRole('dialog').waitFor()
    await press('Escape')
    await expect.poll(current).toBe('501')
    await press('Control+Home', 'Home')
    await expect.poll(current).toBe('1')
  })

  it('scrolls through 50,000 records, of which few are elements', async () => {
    const it = await open(rowsOf(50_000))
    const grid = it.page.getByRole('grid')
    expect(await grid.getAttribute('aria-rowcount')).toBe('50001')
    for (const at of [0.25, 0.5, 1]) {
      await grid.evaluate((element, part) => {
        element.scrollTop = part * (element.scrollHeight - element.clientHeight)
      }, at)
      const wanted = at === 1 ? 'Store 49999' : `Store ${Math.round(49_990 * at)}`
      await expect.poll(() => cellsOf(it, 1)).toContain(wanted)
      expect(await it.page.locator('.grid-row').count()).toBeLessThan(80)
    }
    await grid.evaluate((element) => {
      element.scrollTop = 0
    })
    await expect.poll(() => cellsOf(it, 1)).toContain('Store 0')
  })

  it.each(['light', 'dark'] as const)(
    'breaks no rule of axe: %s, also at 360 pixels',
    async (theme) => {
      const it = await open(rowsOf(40), { theme, width: 360 })
      expect(await axe(it.page)).toEqual([])
      await it.page.getByText('Store 2', { exact: true }).click()
      expect(await axe(it.page)).toEqual([])
      const isTooWide = 'document.documentElement.scrollWidth > innerWidth'
      expect(await it.page.evaluate(isTooWide)).toBe(false)
    },
  )

  it('keeps hostile texts as text', async () => {
    const rows = HOSTILE_TEXTS.map(
      (text, index): RecordRow => ({ id: text, cells: [text, text, index] }),
    )
    const it = await open(rows)
    await it.page.locator('.grid-body .grid-row').nth(2).locator('.grid-cell').nth(2).click()
    await it.page.getByRole('dialog').waitFor()
    expect(await it.page.locator('img, iframe, svg, main script').count()).toBe(0)
    expect(await it.page.locator('.grid').textContent()).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect([...it.errors, ...it.requests, ...it.dialogs]).toEqual([])
  })
})
