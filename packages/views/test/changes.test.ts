/** The page of changes in a file: what it shows, filters, and how it is used. */
import { pageWithData } from '@chatlayer-tables/views'
import { afterEach, describe, expect, it } from 'vitest'
import type { ChangedTable, ChangeRow, ChangesFacts } from '../src/protocol/changes.ts'
import { axe, HOSTILE_TEXTS, hasBrowser, type OpenedPage, openPage } from './browser.ts'
import { COLUMN_NAMES, changedTable, changeRows, changesFacts } from './change-data.ts'
import type { PageOptions } from './open-page.ts'

const COUNTS = { updated: 754, inserted: 2, deleted: 1 }
const ROWS = changeRows(COUNTS)

let opened: OpenedPage

afterEach(() => opened?.close())

async function openFile(
  changes: ChangesFacts,
  rows: readonly (readonly ChangeRow[])[],
  options: PageOptions = {},
) {
  const data = { changes, changeRows: rows.map((each) => ({ rows: each })) }
  opened = await openPage(await pageWithData('changes', data), options)
  await opened.page.locator('.changes h1').waitFor()
  return opened.page
}

/** A record of the list as its texts: name, kind, and the texts of each shown column. */
interface ShownRecord {
  readonly position: number
  readonly name: string
  readonly fields: readonly (readonly string[])[]
}

/** All records of the list, by scrolling through it. */
async function readList(): Promise<ShownRecord[]> {
  const found = new Map<number, ShownRecord>()
  for (let top = 0, end = 1; top < end; top += 500) {
    const [shown, height] = await opened.page.evaluate<[ShownRecord[], number]>(`(async () => {
      const viewport = document.querySelector('.viewport')
      viewport.scrollTop = ${top}
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
      const shown = [...viewport.querySelectorAll('article')].map((article) => ({
        position: Number(article.ariaPosInSet),
        name: article.querySelector('.name').textContent,
        fields: [...article.querySelectorAll('.field')].map((field) =>
          [...field.children].map((cell) => cell.textContent)),
      }))
      return [shown, viewport.scrollHeight]
    })()`)
    for (const record of shown) found.set(record.position, record)
    end = height
  }
  return [...found.values()].toSorted((one, other) => one.position - other.position)
}

function text(cell: unknown): string {
  return cell === null ? 'null' : String(cell)
}

/** Whether the list shows a text whole, or as an excerpt with its beginning or end. */
function isShownAs(shown: string, cell: unknown): boolean {
  const parts = shown.split('…')
  let from = 0
  return parts.every((part) => {
    const at = text(cell).indexOf(part, from)
    from = at + part.length
    return at !== -1
  })
}

describe.runIf(hasBrowser)('the page of changes', () => {
  it('shows exactly the changed values of every record', async () => {
    await openFile(changesFacts([changedTable(COUNTS)]), [ROWS])
    const list = await readList()
    expect(list).toHaveLength(757)
    for (const [index, row] of ROWS.entries()) {
      const { name, fields } = list[index]!
      const cells = row.before ?? row.after ?? []
      expect(name).toBe(cells[0])
      const columns = row.changed ?? [...cells.keys()].filter((column) => cells[column] !== null)
      expect(fields.map(([column]) => column)).toEqual(columns.map((each) => COLUMN_NAMES[each]))
      for (const [place, column] of columns.entries()) {
        const [, before = '', after = ''] = fields[place] ?? []
        expect([before, row.before?.[column]]).toSatisfy(([shown, cell]) =>
          row.before === undefined ? shown === '' : isShownAs(shown, cell),
        )
        expect([after, row.after?.[column]]).toSatisfy(([shown, cell]) =>
          row.after === undefined ? shown === '' : isShownAs(shown, cell),
        )
      }
    }
    expect(opened.errors).toEqual([])
    expect(opened.requests).toEqual([])
  })

  it('counts by column and value, and shows exactly the counted records', async () => {
    const page = await openFile(changesFacts([changedTable(COUNTS)]), [ROWS])
    const city = page.locator('.column-summary', { hasText: 'city' })
    await expect
      .poll(() => city.locator('.column-name').textContent())
      .toMatch(/city\s*754 records/)
    await page.getByRole('button', { name: 'and 3 more' }).click()
    const values = await city.locator('.value-change').allInnerTexts()
    expect(values).toHaveLength(8)
    const counts = values.map((value) => Number(/\d+$/.exec(value)?.[0]))
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(754)

    await city.locator('.value-change', { hasText: 'brugge' }).click()
    expect(await page.locator('.shown').textContent()).toBe('94 of 757 changes shown.')
    const expected = ROWS.filter(
      ({ before, kind }) => kind === 'updated' && before?.[1] === 'brugge',
    )
    const list = await readList()
    expect(list.map(({ name }) => name)).toEqual(expected.map(({ before }) => before?.[0]))
    expect(list.every(({ fields }) => fields.length === 1 && fields[0]?.[0] === 'city')).toBe(true)
    expect(opened.errors).toEqual([])
  })

  it('names a new value once that all records get', async () => {
    const page = await openFile(changesFacts([changedTable(COUNTS)]), [ROWS])
    const status = page.locator('.column-summary', { hasText: 'status' })
    expect(await status.locator('.only').textContent()).toBe('all become closed')
    expect(await status.locator('.value-change').allInnerTexts()).toEqual([
      expect.stringMatching(/^open\s+754$/),
    ])
  })

  it('filters by kind, column and text, and shows all columns', async () => {
    const page = await openFile(changesFacts([changedTable(COUNTS)]), [ROWS])
    const shown = page.locator('.shown')
    await page.getByRole('button', { name: /inserted 2/ }).click()
    expect(await shown.textContent()).toBe('2 of 757 changes shown.')
    await page.getByRole('button', { name: /all 757/ }).click()
    await page.getByLabel('Column', { exact: true }).selectOption('hours')
    expect(await shown.textContent()).toBe('154 of 757 changes shown.')
    await page.getByRole('button', { name: 'clear filters' }).click()
    await page.getByRole('searchbox').fill('STORE 75 BRU')
    await expect.poll(() => shown.textContent()).toBe('1 of 757 changes shown.')
    await page.getByLabel('show all columns').check()
    const [record] = await readList()
    expect(record?.fields.map(([column]) => column)).toEqual(COLUMN_NAMES)
    expect(record?.fields.at(-1)).toEqual(['remark', 'null', 'null'])
  })

  it('marks the words that differ in long texts, which a dialog shows whole', async () => {
    const page = await openFile(changesFacts([changedTable(COUNTS)]), [ROWS])
    const hours = page.locator('article').first().locator('.field', { hasText: 'hours' })
    expect(await hours.locator('del mark').allInnerTexts()).toEqual(['17', '; call ahead in July'])
    expect(await hours.locator('ins mark').allInnerTexts()).toEqual(['18'])
    await page.locator('article').first().dblclick()
    const row = page.getByRole('dialog').getByRole('row', { name: 'hours' })
    expect(await row.locator('del').textContent()).toContain(String(ROWS[0]?.before?.[4]))
    expect(await row.locator('ins').textContent()).toContain(String(ROWS[0]?.after?.[4]))
  })

  it('switches between the tables of a plan', async () => {
    const other = changeRows({ updated: 0, inserted: 0, deleted: 3 })
    const sets: ChangedTable[] = [
      changedTable(COUNTS),
      changedTable({ updated: 0, inserted: 0, deleted: 3 }, { table: 'cities', version: 'LIVE' }),
    ]
    const page = await openFile(changesFacts(sets), [ROWS, other])
    await page.getByRole('tab', { name: 'cities LIVE · 3' }).click()
    expect(await page.locator('.shown').textContent()).toBe('3 changes shown.')
    expect((await readList()).map(({ name }) => name)).toEqual(
      other.map(({ before }) => before?.[0]),
    )
    expect(await page.locator('.summary').isVisible()).toBe(false)
  })

  it('shows problems with their cells, by reason', async () => {
    const problems = [
      {
        place: 'line 12',
        column: 'visits',
        value: '12\u00a0x',
        reason: 'not a number',
        fix: 'digits',
      },
      { place: 'line 14', column: 'visits', value: 'many', reason: 'not a number' },
      { place: 'line 90', column: 'name', value: null, reason: 'required', fix: 'fill in a name' },
    ]
    const set = { ...changedTable({ updated: 0, inserted: 0, deleted: 0 }), problems }
    const page = await openFile(changesFacts([set]), [[]])
    const rows = page.locator('.problems tbody tr')
    expect(await rows.allInnerTexts()).toEqual([
      'line 12\tvisits\t12\\u00a0x\tnot a number\tdigits',
      'line 14\tvisits\tmany\tnot a number\t',
      'line 90\tname\tnull\trequired\tfill in a name',
    ])
    await page.getByLabel('Reason').selectOption('required')
    expect(await rows.count()).toBe(1)
    expect(await page.locator('.records').isVisible()).toBe(false)
  })
})

describe.runIf(hasBrowser)('50,000 changes', () => {
  const counts = { updated: 50_000, inserted: 0, deleted: 0 }

  it('are a list of few elements, which scrolls to the last record', async () => {
    const page = await openFile(changesFacts([changedTable(counts)]), [changeRows(counts)])
    await page.locator('article').first().focus()
    for (const [key, name] of [
      ['End', 'Store 50000 Hasselt'],
      ['k', 'Store 49999 Kortrijk'],
      ['Home', 'Store 1 Gent'],
    ] as const) {
      await page.keyboard.press(key)
      expect(await page.locator('article:focus .name').textContent()).toBe(name)
      expect(await page.locator('article').count()).toBeLessThan(40)
    }
    // Higher than what browsers draw, if each pixel were one.
    await page.getByLabel('show all columns').check()
    await page.locator('article').first().focus()
    await page.keyboard.press('End')
    await expect.poll(() => page.locator('article:focus').isVisible()).toBe(true)
    expect(await page.locator('article:focus .name').textContent()).toBe('Store 50000 Hasselt')
    expect(await page.locator('article:focus').ariaSnapshot()).toContain('remark')
    const box = await page.locator('article:focus').boundingBox()
    const viewport = await page.locator('.viewport').boundingBox()
    expect(box!.y + box!.height).toBeLessThanOrEqual(viewport!.y + viewport!.height + 1)
  })
})

describe.runIf(hasBrowser)('texts of tables', () => {
  it('stay texts wherever they are shown', async () => {
    const rows = HOSTILE_TEXTS.map(
      (each, index): ChangeRow => ({
        index,
        kind: 'updated',
        id: each.slice(0, 200),
        before: [each, '', each],
        after: [each, each, `${each} and more`],
        changed: [1, 2],
        state: each.slice(0, 200),
      }),
    )
    const short = HOSTILE_TEXTS.map((each) => each.slice(0, 500))
    const columns = [...short.slice(0, 3)].map((name) => ({ name, type: 'string' }))
    const set: ChangedTable = {
      ...changedTable({ updated: rows.length, inserted: 0, deleted: 0 }),
      table: short[0]!,
      columns,
      facts: short.map((each) => [each, each] as const),
      problems: HOSTILE_TEXTS.map((each) => ({
        place: each.slice(0, 500),
        column: each.slice(0, 500),
        value: each,
        reason: each.slice(0, 500),
        fix: each.slice(0, 500),
      })),
    }
    const page = await openFile(
      changesFacts([set, set], {
        title: short.join(' '),
        remarks: short,
        review: {
          id: short[3]!,
          digest: short[3]!,
          state: 'pending',
          expiresAt: new Date(Date.now() + 3e6).toISOString(),
          canTick: true,
          note: short.join(' '),
        },
      }),
      [rows, rows],
    )
    const list = await readList()
    expect(list).toHaveLength(rows.length)
    await page.locator('article').first().dblclick()
    const shown = (await page.locator('main, dialog').allTextContents()).join(' ')
    expect(shown).toContain('<img src="https://example.invalid/x" onerror="alert(1)">')
    expect(shown).not.toMatch(/[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
    const elements = await page.evaluate<number>(
      `document.querySelectorAll('img, iframe, svg, a, main script, dialog script').length`,
    )
    expect(elements).toBe(0)
    expect(opened.dialogs).toEqual([])
    expect(opened.errors).toEqual([])
    expect(opened.requests).toEqual([])
  })
})

describe.runIf(hasBrowser)('accessibility of changes', () => {
  it.each<PageOptions>([{ theme: 'light' }, { theme: 'dark' }, { width: 360 }])(
    'has no violation: %j',
    async (options) => {
      const set = changedTable(COUNTS, {
        counts: { ...COUNTS, unchanged: 4, rejected: 1 },
        problems: [{ place: 'line 1', reason: 'empty' }],
      })
      const page = await openFile(changesFacts([set, set]), [ROWS, ROWS], options)
      expect(await axe(page)).toEqual([])
      const width = await page.evaluate<number>('document.documentElement.scrollWidth')
      expect(width).toBeLessThanOrEqual(options.width ?? 1000)
      await page.locator('article').first().focus()
      await page.keyboard.press('Enter')
      await page.getByRole('dialog').waitFor()
      expect(await axe(page)).toEqual([])
      expect(opened.errors).toEqual([])
    },
  )
})
