/** Approving, declining and undoing on the page of changes: requests carry exactly what the user chose. */
import { pageHtml } from '@chatlayer-tables/views'
import { afterEach, describe, expect, it } from 'vitest'
import type { ChangesFacts, ReviewFacts } from '../src/protocol/changes.ts'
import { type Assistant, openAssistant, type ToolCallParams } from './assistant/assistant.ts'
import { axe, hasBrowser } from './browser.ts'
import { type Counts, changedTable, changeRows, changesFacts } from './change-data.ts'
import {
  type Answers,
  Refusal,
  rowsAnswer,
  type ServedChanges,
  serveChanges,
} from './change-server.ts'

const UPDATES: Counts = { updated: 754, inserted: 0, deleted: 0 }
const DONE = { state: 'done', message: 'Updated 754 records.', counts: { updated: 754 } } as const

let served: ServedChanges | undefined
let assistant: Assistant | undefined

afterEach(async () => {
  await served?.close()
  await assistant?.close()
  served = undefined
  assistant = undefined
})

function review(more: Partial<ReviewFacts> = {}): ReviewFacts {
  return {
    id: 'r1',
    digest: 'd1',
    state: 'pending',
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    canTick: true,
    ...more,
  }
}

function pending(counts: Counts, more: Partial<ReviewFacts> = {}): ChangesFacts {
  return changesFacts([changedTable(counts)], { review: review(more) })
}

async function serve(counts: Counts, answers: Answers, facts = pending(counts)) {
  served = await serveChanges({
    changes: () => facts,
    changeRows: rowsAnswer(changeRows(counts)),
    ...answers,
  })
  await served.page.locator('article').first().waitFor()
  return served.page
}

function sent(name: string): unknown[] {
  return served!.asked.filter(({ request }) => request === name).map(({ params }) => params)
}

const allBut = (count: number, ...missing: number[]) =>
  Array.from({ length: count }, (_, index) => index).filter((index) => !missing.includes(index))

describe.runIf(hasBrowser)('approving on the page of changes', () => {
  it('sends no rows if all are ticked', async () => {
    const page = await serve(UPDATES, { approve: () => DONE, progress: () => never() })
    await page.getByRole('button', { name: 'Approve all 754' }).click()
    await expect.poll(() => page.locator('.review-message').textContent()).toBe(DONE.message)
    expect(sent('approve')).toEqual([{ review: 'r1', digest: 'd1' }])
    expect(await page.locator('.review-form').isVisible()).toBe(false)
    expect(await page.locator('article input').first().isDisabled()).toBe(true)
    expect(served?.errors).toEqual([])
  })

  it('sends the note and all rows but those that are not ticked', async () => {
    const page = await serve(UPDATES, { approve: () => DONE, progress: () => never() })
    for (const name of ['Store 2 Antwerpen', 'Store 3 Brugge'])
      await page.getByRole('checkbox', { name: `Approve ${name}` }).uncheck()
    await page.getByLabel('Note').fill('  only those that moved ')
    await page.getByRole('button', { name: 'Approve 752 of 754' }).click()
    await expect.poll(() => page.locator('.review-message').textContent()).toBe(DONE.message)
    expect(sent('approve')).toEqual([
      { review: 'r1', digest: 'd1', ticked: [allBut(754, 1, 2)], note: 'only those that moved' },
    ])
  })

  it('unticks exactly the records that a filter shows', async () => {
    const page = await serve(UPDATES, { approve: () => DONE, progress: () => never() })
    await page.locator('.value-change', { hasText: 'brugge' }).click()
    await page.getByRole('button', { name: 'untick all shown' }).click()
    await page.getByRole('button', { name: 'clear filters' }).click()
    await page.getByRole('button', { name: 'Approve 660 of 754' }).click()
    await expect.poll(() => sent('approve').length).toBe(1)
    const shown = changeRows(UPDATES).filter(({ before }) => before?.[1] === 'brugge')
    expect(sent('approve')).toMatchObject([
      { ticked: [allBut(754, ...shown.map(({ index }) => index))] },
    ])
  })

  it('needs a ticked record', async () => {
    const page = await serve(UPDATES, {})
    await page.getByRole('button', { name: 'untick all shown' }).click()
    expect(await page.getByRole('button', { name: 'Approve 0 of 754' }).isDisabled()).toBe(true)
    await page.getByRole('button', { name: 'tick all shown', exact: true }).click()
    expect(await page.getByRole('button', { name: 'Approve all 754' }).isEnabled()).toBe(true)
  })

  it('shows what it deletes before it deletes', async () => {
    const counts = { updated: 3, inserted: 0, deleted: 2 }
    const page = await serve(counts, { approve: () => DONE, progress: () => never() })
    const approve = page.getByRole('button', { name: 'Approve all 5' })
    await approve.dblclick()
    expect(await page.locator('.confirm li').allInnerTexts()).toEqual([
      'Update 3 and delete 2 records of stores (DRAFT).',
    ])
    expect(await axe(page)).toEqual([])
    await page.keyboard.press('Escape')
    expect(await approve.evaluate((button) => button.matches(':focus'))).toBe(true)
    expect(sent('approve')).toEqual([])
    await approve.click()
    await page.getByRole('button', { name: 'Yes, delete' }).click()
    await expect.poll(() => sent('approve')).toEqual([{ review: 'r1', digest: 'd1' }])
  })

  it('asks twice before it writes to LIVE', async () => {
    const counts = { updated: 3, inserted: 0, deleted: 0 }
    const facts = changesFacts([changedTable(counts, { version: 'LIVE' })], { review: review() })
    const page = await serve(counts, { approve: () => DONE, progress: () => never() }, facts)
    await page.getByRole('checkbox', { name: 'Approve Store 1 Gent' }).uncheck()
    await page.getByRole('button', { name: 'Approve 2 of 3' }).click()
    expect(await page.locator('.confirm').textContent()).toContain(
      'Update 2 records of stores (LIVE).',
    )
    expect(sent('approve')).toEqual([])
    await page.getByRole('button', { name: 'Yes, write to LIVE' }).click()
    await expect.poll(() => sent('approve')).toMatchObject([{ ticked: [[1, 2]] }])
  })

  it('shows progress until the write is done', async () => {
    const steps = [0, 100, 400].map((done) => ({ done, total: 754, message: 'writing' }))
    let release: () => void = () => undefined
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const page = await serve(UPDATES, {
      approve: () => ({ state: 'approved', message: 'Approved.' }),
      async progress() {
        const step = steps.shift()
        if (step !== undefined) return step
        await released
        return { done: 754, total: 754, message: 'done', result: DONE }
      },
    })
    await page.getByRole('button', { name: 'Approve all 754' }).click()
    const bar = page.getByRole('progressbar', { name: 'Progress of the write' })
    await expect.poll(() => bar.getAttribute('aria-valuenow')).toBe('400')
    expect(await page.locator('.progress').textContent()).toBe('400 of 754 · writing')
    expect(await axe(page)).toEqual([])
    release()
    await expect.poll(() => page.locator('.review-message').textContent()).toBe(DONE.message)
    expect(await bar.count()).toBe(0)
    expect(sent('progress').map((params) => (params as { done: number }).done)).toEqual([
      0, 0, 100, 400,
    ])
  })

  it('loads the changes again if they are not current', async () => {
    const page = await serve(UPDATES, {
      approve: () => ({
        state: 'pending',
        message: 'Nothing was written: 3 records have changed since.',
        isOutdated: true,
      }),
      progress: () => never(),
    })
    await page.getByRole('button', { name: 'Approve all 754' }).click()
    const reload = page.getByRole('button', { name: 'Load the changes again' })
    await reload.waitFor()
    expect(await page.locator('.review-message').textContent()).toContain('3 records have changed')
    expect(await page.getByRole('button', { name: /Approve/ }).isVisible()).toBe(false)
    await reload.click()
    await page.getByRole('button', { name: 'Approve all 754' }).waitFor()
    expect(sent('changes')).toHaveLength(2)
  })

  it('shows why an approval was rejected, and can be tried again', async () => {
    const page = await serve(UPDATES, {
      approve: () => {
        throw new Refusal({
          code: 'BUSY',
          message: 'Another write is in progress.',
          hint: 'Wait for it.',
        })
      },
      progress: () => never(),
    })
    const approve = page.getByRole('button', { name: 'Approve all 754' })
    await approve.click()
    await expect
      .poll(() => page.locator('.review-message').textContent())
      .toBe('Another write is in progress. Wait for it.')
    expect(await approve.isEnabled()).toBe(true)
  })

  it('cannot approve what has expired', async () => {
    const facts = pending(UPDATES, { expiresAt: new Date(Date.now() - 1000).toISOString() })
    const page = await serve(UPDATES, {}, facts)
    expect(await page.locator('.review-message').textContent()).toContain('Expired.')
    expect(await page.getByRole('button', { name: /Approve/ }).isVisible()).toBe(false)
    expect(await page.locator('article input').first().isDisabled()).toBe(true)
  })

  it('declines with the note', async () => {
    const page = await serve(UPDATES, {
      decline: () => ({ state: 'declined', message: 'Declined. Nothing was written.' }),
    })
    await page.getByLabel('Note').fill('wrong city')
    await page.getByRole('button', { name: 'Decline' }).click()
    await expect.poll(() => page.locator('.review-message').textContent()).toContain('Declined.')
    expect(sent('decline')).toEqual([{ review: 'r1', note: 'wrong city' }])
    expect(sent('approve')).toEqual([])
  })

  it('loads rows in chunks', async () => {
    const counts = { updated: 2500, inserted: 0, deleted: 0 }
    const page = await serve(counts, {})
    await expect.poll(() => page.locator('.shown').textContent()).toBe('2,500 changes shown.')
    expect(served?.askedRows).toEqual(
      [0, 1000, 2000].map((offset) => ({ set: 0, offset, limit: 1000 })),
    )
  })
})

describe.runIf(hasBrowser)('the keyboard alone', () => {
  it('moves, ticks, searches, opens a record and approves', async () => {
    const page = await serve(UPDATES, { approve: () => DONE, progress: () => never() })
    const focused = page.locator('article:focus .name')
    const keys = async (...all: string[]) => {
      for (const key of all) await page.keyboard.press(key)
    }
    await keys('j')
    expect(await focused.textContent()).toBe('Store 1 Gent')
    await keys('j', 'ArrowDown', 'k', ' ')
    expect(await focused.textContent()).toBe('Store 2 Antwerpen')
    await keys('Enter')
    await page.getByRole('dialog', { name: 'Store 2 Antwerpen' }).waitFor()
    await keys('Escape')
    expect(await focused.textContent()).toBe('Store 2 Antwerpen')
    await keys('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await keys('Escape')
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
    await keys('/')
    await page.keyboard.type('store 75')
    await expect.poll(() => page.locator('.shown').textContent()).toBe('6 of 754 changes shown.')
    const approve = page.getByRole('button', { name: 'Approve 753 of 754' })
    await approve.waitFor()
    for (let step = 0; step < 30; step += 1) {
      if (await approve.evaluate((button) => button.matches(':focus'))) break
      await keys('Tab')
    }
    await keys('Enter')
    await expect.poll(() => sent('approve')).toMatchObject([{ ticked: [allBut(754, 1)] }])
  })
})

describe.runIf(hasBrowser)('undoing a change set', () => {
  const undo = { changeSet: 'cs1', canUndoPart: true }

  it('creates a review of the ticked records, and shows it', async () => {
    const facts = changesFacts([changedTable(UPDATES)], { undo })
    const page = await serve(UPDATES, {
      changes: ({ review: id }) => (id === 'r2' ? { ...pending(UPDATES), title: 'undo' } : facts),
      previewUndo: () => ({ review: 'r2', state: 'pending' }),
    })
    expect(await page.getByRole('button', { name: 'Undo 0 ticked' }).isDisabled()).toBe(true)
    for (const name of ['Store 2 Antwerpen', 'Store 3 Brugge'])
      await page.getByRole('checkbox', { name: `Undo ${name}` }).check()
    await page.getByRole('button', { name: 'Undo 2 ticked' }).click()
    await page.getByRole('heading', { name: 'undo' }).waitFor()
    await page.getByRole('button', { name: 'Approve all 754' }).waitFor()
    expect(sent('previewUndo')).toEqual([{ changeSet: 'cs1', records: ['rec_1001', 'rec_1002'] }])
    expect(served?.askedRows.at(-1)).toMatchObject({ review: 'r2', set: 0 })
  })

  it('creates a review of all records', async () => {
    const page = await serve(
      UPDATES,
      {
        previewUndo: () => {
          throw new Refusal({ code: 'UNDONE', message: 'All of it is undone already.' })
        },
      },
      changesFacts([changedTable(UPDATES)], { undo }),
    )
    await page.getByRole('button', { name: 'Undo all' }).click()
    await expect
      .poll(() => page.locator('.review-message').textContent())
      .toBe('All of it is undone already.')
    expect(sent('previewUndo')).toEqual([{ changeSet: 'cs1' }])
  })
})

describe.runIf(hasBrowser)('in an assistant', () => {
  it('approves without asking for progress, and reports fixed words and numbers', async () => {
    const answers: Answers = {
      changes: () => pending(UPDATES),
      changeRows: rowsAnswer(changeRows(UPDATES)),
      approve: () => ({ ...DONE, message: 'Updated Gent.', changeSets: ['1a2b3c4d'] }),
    }
    const callTool = (call: ToolCallParams) => {
      const { request, params } = call.arguments as { request: string; params: never }
      const _meta = request === 'changes' ? { 'chatlayer-tables/nonce': 'n1' } : {}
      return { content: [], structuredContent: { result: answers[request]?.(params) }, _meta }
    }
    assistant = await openAssistant(await pageHtml('changes'), callTool, {
      capabilities: { serverTools: {}, updateModelContext: { text: {} } },
    })
    await expect.poll(async () => (await assistant?.record())?.isInitialized).toBe(true)
    await assistant.send('sendToolResult', {
      content: [],
      structuredContent: { review: { id: 'r1', digest: 'd1' } },
    })
    const view = await assistant.view()
    await view.getByRole('checkbox', { name: 'Approve Store 2 Antwerpen' }).uncheck()
    await view.getByRole('button', { name: 'Approve 753 of 754' }).click()
    await expect.poll(() => view.locator('.review-message').textContent()).toBe('Updated Gent.')
    const requests = assistant.calls.map((call) => call.arguments?.request)
    expect(requests).toEqual(['changes', 'changeRows', 'approve'])
    expect(assistant.calls.at(-1)?.arguments?.params).toEqual({
      review: 'r1',
      digest: 'd1',
      ticked: [allBut(754, 1)],
      nonce: 'n1',
    })
    await expect
      .poll(async () => JSON.stringify((await assistant?.record())?.contexts))
      .toContain('The user approved 753 of 754 changes; change set 1a2b3c4d, 754 updated.')
    expect(JSON.stringify(await assistant.record())).not.toContain('Gent')
    expect(assistant.errors).toEqual([])
  })
})

/** A long request that is never answered. */
function never(): Promise<never> {
  return new Promise(() => undefined)
}
