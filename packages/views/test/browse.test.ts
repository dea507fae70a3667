/** The page of `open` with a server that answers from memory. Needs the built pages. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { pageForServer } from '../dist/index.js'
import type { RecordsParams, TableFacts } from '../src/index.ts'
import { axe, hasBrowser, type OpenedPage, openPage } from './browser.ts'

const SECRET = 'a-secret-of-this-test-0123456789'

interface Asked {
  readonly request: string
  readonly params: Record<string, unknown>
}

const tableOf = (table: string): TableFacts => ({
  table,
  version: 'DRAFT',
  total: 1_000,
  isWritable: table === 'stores',
  facts: [],
  columns: [
    { name: 'name', type: 'string' },
    { name: 'stock', type: 'number' },
  ],
})

const TABLES = ['stores', 'trips & tours'].map(tableOf)

let asked: Asked[] = []
let failing: ((asked: Asked) => boolean) | undefined
let server: Server | undefined
let opened: OpenedPage

function resultOf({ request, params }: Asked): unknown {
  const facts = TABLES.find(({ table }) => `${table}@draft` === params.table)
  if (request === 'tables') return { tables: TABLES }
  if (request === 'table') return facts
  if (request === 'journal') return { entries: [] }
  if (request === 'profile') {
    return { ...facts, records: 0, facts: [], columns: [], activity: [] }
  }
  if (request === 'previewEdit') return { review: 'r1', state: 'pending' }
  if (request === 'changes') {
    return { title: 'the change of the test', facts: [], remarks: [], sets: [] }
  }
  const { offset, limit } = params as unknown as RecordsParams
  const rows = Array.from({ length: Math.min(limit, 1_000 - offset) }, (_, step) => ({
    id: `id-${offset + step}`,
    cells: [`${facts?.table} ${offset + step}`, offset + step],
  }))
  return { rows, total: 1_000 }
}

beforeEach(async () => {
  asked = []
  failing = undefined
  const { html, policy } = await pageForServer('browse')
  server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      response.setHeader('content-security-policy', policy)
      response.setHeader('content-type', 'text/html; charset=utf-8').end(html)
      return
    }
    const body: Asked = JSON.parse(await text(request))
    const isKnown = request.headers.authorization === `Bearer ${SECRET}`
    asked.push(body)
    const error = { code: 'FAILED', message: 'The gateway is not reachable.' }
    const answer = !isKnown || failing?.(body) ? { error } : { result: resultOf(body) }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  opened = await openPage(`http://127.0.0.1:${port}/#${SECRET}`)
  await opened.page.getByText('stores 0', { exact: true }).waitFor()
})

afterEach(async () => {
  await opened.close()
  server?.close()
  server?.closeAllConnections()
})

const askedFor = (name: string) =>
  asked.filter(({ request }) => request === name).map(({ params }) => params)

describe.runIf(hasBrowser)('the page of tables', () => {
  it('switches tables and views, with back and forward, and keeps the secret out of the address', async () => {
    const { page } = opened
    expect(page.url()).not.toContain(SECRET)
    expect(await page.title()).toBe('stores (DRAFT) – Records')
    await page.getByRole('link', { name: 'trips & tours' }).click()
    await page.getByText('trips & tours 0', { exact: true }).waitFor()
    await page.getByRole('link', { name: 'Changes' }).click()
    await expect.poll(() => page.title()).toBe('trips & tours (DRAFT) – Changes')
    await expect.poll(() => askedFor('journal')[0]).toMatchObject({ table: 'trips & tours@draft' })
    await page.getByRole('link', { name: 'Profile' }).click()
    await expect.poll(() => askedFor('profile')).toHaveLength(1)
    await page.goBack()
    await page.goBack()
    await page.getByText('trips & tours 0', { exact: true }).waitFor()
    await page.goForward()
    await expect.poll(() => page.title()).toBe('trips & tours (DRAFT) – Changes')
    expect(opened.errors).toEqual([])
  })

  it('asks for records as they come in sight, and again after a failure by a button', async () => {
    const { page } = opened
    const scroll = (top: number) =>
      page.getByRole('grid').evaluate((grid, value) => {
        grid.scrollTop = value
      }, top)
    await scroll(28 * 500)
    await page.getByText('stores 505', { exact: true }).waitFor()
    expect(askedFor('records').map(({ offset }) => offset)).toEqual([0, 400])
    failing = ({ params }) => params.offset === 800
    await scroll(28 * 900)
    await page.getByText('The gateway is not reachable.').waitFor()
    failing = undefined
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('stores 905', { exact: true }).waitFor()
    expect(await page.getByText('The gateway is not reachable.').count()).toBe(0)
  })

  it('sends sorts and filters to the program', async () => {
    const { page } = opened
    await page.getByRole('columnheader', { name: 'stock' }).getByRole('button').click()
    await page.getByRole('searchbox').fill('x')
    await expect
      .poll(() => askedFor('records').at(-1))
      .toEqual({
        table: 'stores@draft',
        offset: 0,
        limit: 200,
        filters: [],
        sort: { column: 'stock', descending: false },
        search: 'x',
      })
  })

  it('previews an edit, an insert and a delete, and loads again after the review', async () => {
    const { page } = opened
    const review = async () => {
      const dialog = page.getByRole('dialog', { name: 'Review the change' })
      await dialog.getByText('the change of the test').first().waitFor()
      const before = askedFor('records').length
      await page.keyboard.press('Escape')
      await expect.poll(() => askedFor('records').length).toBe(before + 1)
    }
    await page.getByText('stores 2', { exact: true }).click()
    await page.getByRole('button', { name: 'Edit…' }).click()
    await page.getByLabel('name', { exact: true }).fill('new name')
    expect(await axe(page)).toEqual([])
    await page.getByRole('button', { name: 'Preview…' }).click()
    await review()
    await page.getByRole('button', { name: 'Insert…' }).click()
    await page.getByLabel('stock', { exact: true }).fill('7')
    await page.getByRole('button', { name: 'Preview…' }).click()
    await review()
    await page.getByLabel('Select record id-1', { exact: true }).check()
    await page.getByLabel('Select record id-3', { exact: true }).check()
    await page.getByRole('button', { name: 'Delete…' }).click()
    await review()
    expect(askedFor('previewEdit')).toEqual([
      { table: 'stores@draft', update: 'id-2', set: { name: 'new name' } },
      { table: 'stores@draft', insert: { stock: '7' } },
      { table: 'stores@draft', delete: ['id-1', 'id-3'] },
    ])
    await page.getByRole('link', { name: 'trips & tours' }).click()
    await page.getByText('trips & tours 0', { exact: true }).waitFor()
    expect(await page.getByRole('button', { name: 'Insert…' }).count()).toBe(0)
  })

  it('breaks no rule of axe', async () => {
    expect(await axe(opened.page)).toEqual([])
  })
})
