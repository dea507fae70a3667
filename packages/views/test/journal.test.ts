import { afterEach, describe, expect, it } from 'vitest'
import type { ChangesFacts } from '../src/protocol/changes.ts'
import type { JournalEntry } from '../src/protocol/journal.ts'
import { axe, HOSTILE_TEXTS, hasBrowser } from './browser.ts'
import { changedTable, changeRows, changesFacts } from './change-data.ts'
import { type Answers, type OpenedView, openView } from './mounted/open-view.ts'
import { journalEntry } from './mounted/sample-data.ts'

let view: OpenedView

afterEach(() => view?.close())

const COUNTS = { updated: 3, inserted: 0, deleted: 0 }

/** Change sets in pages of three, and the changes of each, which can be undone. */
function answersOf(entries: readonly JournalEntry[], more: Answers = {}): Answers {
  return {
    journal: ({ table, after }) => {
      const from = Number(after ?? 0)
      const found = entries.filter(
        (entry) => table === undefined || table === `${entry.table}@${entry.version.toLowerCase()}`,
      )
      const next = from + 3 < found.length ? { next: String(from + 3) } : {}
      return { entries: found.slice(from, from + 3), ...next }
    },
    changes: ({ changeSet, review }): ChangesFacts =>
      changesFacts([changedTable(COUNTS)], {
        title: `changes of ${changeSet ?? review}`,
        ...(changeSet !== undefined && {
          undo: { changeSet: String(changeSet), canUndoPart: true },
        }),
        ...(review !== undefined && {
          review: {
            ...{ id: String(review), digest: 'digest', state: 'pending', canTick: true },
            expiresAt: '2030-01-01T00:00:00Z',
          },
        }),
      }),
    changeRows: () => ({ rows: changeRows(COUNTS) }),
    ...more,
  }
}

const ENTRIES = [
  journalEntry(0, { note: 'Opening hours of the winter', undone: 15 }),
  journalEntry(1, { table: 'cities', undoes: 'chg_996', undone: 1 }),
  journalEntry(2, { version: 'LIVE', job: 'job_17', status: 'open' }),
  ...[3, 4, 5, 6].map((index) => journalEntry(index)),
]

async function open(
  answers: Answers = answersOf(ENTRIES),
  options: Parameters<typeof openView>[2] = {},
) {
  view = await openView('journal', answers, options)
  await view.page.locator('.entry').first().waitFor()
  return view
}

const ids = () => view.page.locator('.entry-id').allInnerTexts()
const focused = () => view.page.evaluate('document.activeElement.dataset.changeSet')

describe.runIf(hasBrowser)('the page of the journal', () => {
  it('shows change sets by day, with who, why and how many', async () => {
    const { page, errors, requests } = await open()
    const texts = await page.locator('.entry').allInnerTexts()
    expect(texts[0]).toContain('12 inserted')
    expect(texts[0]).toContain('3 updated')
    expect(texts[0]).toContain('Opening hours of the winter')
    expect(texts[0]).toContain('clt import stores.csv, by ada · chg_1000')
    expect(texts.map((text) => text.match(/(?<!\w)(?:\d+ of \d+ )?undone/)?.[0])).toEqual([
      'undone',
      '1 of 16 undone',
      undefined,
    ])
    expect(texts[1]).toContain('undoes chg_996')
    expect(texts[2]).toMatch(/LIVE.*open.*job job_17/s)
    const local = await page.evaluate<string>(
      `new Date(${JSON.stringify(ENTRIES[0]!.at)}).toTimeString().slice(0, 5)`,
    )
    expect(texts[0]).toContain(local)
    expect(await page.getByRole('heading', { level: 2 }).first().innerText()).toMatch(
      /Sunday 29 November 2026/,
    )
    expect([errors, requests]).toEqual([[], []])
  })

  it('loads older change sets, and moves the focus to the first of them', async () => {
    const { page, asked } = await open()
    const older = page.getByRole('button', { name: 'Load older changes' })
    await older.focus()
    await page.keyboard.press('Enter')
    await expect.poll(ids).toHaveLength(6)
    expect(await focused()).toBe('chg_997')
    await older.click()
    await expect.poll(ids).toEqual(ENTRIES.map(({ changeSet }) => changeSet))
    expect(await older.isVisible()).toBe(false)
    expect(
      asked.filter(({ name }) => name === 'journal').map(({ params }) => params.after),
    ).toEqual([undefined, '3', '6'])
  })

  it('filters by table', async () => {
    const { page, asked } = await open()
    await page.getByLabel('Table').selectOption('cities@draft')
    await expect.poll(ids).toEqual(['chg_999'])
    expect(asked.at(-1)?.params).toMatchObject({ table: 'cities@draft' })
    await page.getByLabel('Table').selectOption('all tables')
    await expect.poll(ids).toHaveLength(3)
  })

  it('opens a change set by keyboard, and goes back to where it was', async () => {
    const { page, asked } = await open()
    while ((await focused()) !== 'chg_999') await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByText('changes of chg_999').first().waitFor()
    expect(asked.find(({ name }) => name === 'changes')?.params).toEqual({ changeSet: 'chg_999' })
    expect(await page.locator('.entry').first().isVisible()).toBe(false)
    expect(await page.evaluate('document.activeElement.textContent')).toContain('Back')
    const before = asked.filter(({ name }) => name === 'journal').length
    await page.keyboard.press('Enter')
    expect(await page.locator('.entry').first().isVisible()).toBe(true)
    expect(await focused()).toBe('chg_999')
    expect(asked.filter(({ name }) => name === 'journal')).toHaveLength(before)
  })

  it('opens the change set that another one undoes', async () => {
    const { page, asked } = await open()
    await page.getByRole('button', { name: 'chg_996' }).click()
    await page.getByText('changes of chg_996').first().waitFor()
    expect(asked.filter(({ name }) => name === 'changes')).toHaveLength(1)
    await page.getByRole('button', { name: 'Back' }).click()
    // It is not among the loaded ones.
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Journal')
  })

  it('undoes all through a review, and then loads the journal again', async () => {
    const entries = [...ENTRIES]
    const { page, asked } = await open(
      answersOf(entries, {
        previewUndo: () => ({ review: 'rev_1', state: 'pending' }),
        approve: () => {
          entries.unshift(journalEntry(-1, { undoes: 'chg_1000' }))
          return { state: 'done', message: 'Undone.', changeSets: ['chg_1001'] }
        },
        progress: () => ({ done: 1, message: '', result: { state: 'done', message: 'Undone.' } }),
      }),
    )
    await page.locator('.entry-open').first().click()
    await page.getByRole('button', { name: 'Undo all' }).click()
    await page.getByText('changes of rev_1').first().waitFor()
    await page
      .getByRole('button', { name: /^Approve/ })
      .first()
      .click()
    await expect.poll(() => asked.map(({ name }) => name)).toContain('approve')
    expect(asked.find(({ name }) => name === 'previewUndo')?.params).toEqual({
      changeSet: 'chg_1000',
    })
    await page.getByRole('button', { name: 'Back to the journal' }).click()
    await expect.poll(async () => (await ids())[0]).toBe('chg_1001')
    expect(await focused()).toBe('chg_1000')
  })

  it('keeps hostile texts inert in the width of a phone', async () => {
    const entries = HOSTILE_TEXTS.map((text, index) =>
      journalEntry(index, {
        ...{
          changeSet: `${index} ${text.slice(0, 500)}`,
          table: text.slice(0, 500),
          who: text,
          note: text,
        },
        ...{ undoes: text, job: text, status: text, at: index % 2 ? text : ENTRIES[0]!.at },
      }),
    )
    const { page, dialogs, errors, requests } = await open(
      { journal: () => ({ entries }), tables: () => ({ tables: [] }) },
      { width: 360 },
    )
    await expect.poll(() => page.locator('.entry').count()).toBe(HOSTILE_TEXTS.length)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
    expect(await page.locator('#root').locator('script, img, iframe, a').count()).toBe(0)
    expect([dialogs, errors, requests]).toEqual([[], [], []])
  })

  it.each(['light', 'dark'] as const)('has no violation of accessibility, %s', async (theme) => {
    const { page } = await open(answersOf(ENTRIES), { theme })
    expect(await axe(page)).toEqual([])
  })

  it('says why older change sets do not load, and tries again', async () => {
    let isBroken = true
    const { journal, ...others } = answersOf(ENTRIES)
    const { page } = await open({
      ...others,
      journal: (params) => {
        if (isBroken && params.after !== undefined) throw new Error('The journal is locked.')
        return journal!(params)
      },
    })
    await page.getByRole('button', { name: 'Load older changes' }).click()
    await page.getByText('The journal is locked.').waitFor()
    expect(await ids()).toHaveLength(3)
    isBroken = false
    await page.getByRole('button', { name: 'Try again' }).click()
    await expect.poll(ids).toHaveLength(6)
  })
})
