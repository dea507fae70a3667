/** `clt open` in Chromium: what is shown and written equals the data; other pages get nothing. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPage, type Page } from '@chatlayer-tables/views/test-browser'
import { afterEach, describe, expect, it } from 'vitest'
import { type Env, start } from './cli.ts'
import { useEmulator } from './fixture.ts'
import { type OpenedApi, startPage } from './page-api.ts'

const { emulator, env, folder } = await useEmulator()
const closing: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function open(args: readonly string[], more: Env = {}): Promise<OpenedApi> {
  const opened = await startPage(['open', ...args], { ...env, ...more })
  closing.push(async () => {
    opened.child.kill('SIGINT')
    await opened.result
  })
  return opened
}

async function show(url: string) {
  const shown = await openPage(url)
  closing.push(() => shown.close())
  return shown
}

const records = () => emulator.tables.records('airports')
const cityOf = (iata: string) => records().find(({ values }) => values.iata === iata)?.values.city

const bodyRows = (page: Page) => page.locator('.grid-body .grid-row')

async function shownRows(page: Page): Promise<string[]> {
  return await bodyRows(page).allInnerTexts()
}

/** Approves in the dialog of a review, and waits until it is written. */
async function approve(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Approve/ }).click()
  const confirm = page.locator('.confirm-buttons button').last()
  if (await confirm.isVisible()) await confirm.click()
  await expect
    .poll(() => page.locator('.review-bar').first().textContent(), { timeout: 10_000 })
    .toMatch(/Approved and written|Updated 1 record|Undid 1/)
}

describe('the page', { timeout: 60_000 }, () => {
  it('browses, filters, edits a record and undoes it', async () => {
    const { url } = await open(['airports'])
    const { page, errors, requests } = await show(url)
    await expect.poll(() => bodyRows(page).count(), { timeout: 15_000 }).toBe(4)
    await expect.poll(async () => (await shownRows(page)).join()).toContain('BTV')
    const all = (await shownRows(page)).join('\n')
    for (const { values } of records()) {
      expect(all).toContain(values.iata)
      expect(all).toContain(values.name)
    }
    // The secret is not in the address any more, which a screenshot or the history would keep.
    expect(page.url()).not.toContain(new URL(url).hash.slice(1))
    await page.reload()
    await bodyRows(page).first().waitFor()

    await page.getByRole('searchbox').fill('burl')
    await expect.poll(() => bodyRows(page).count()).toBe(1)
    await expect.poll(async () => (await shownRows(page))[0]).toContain('BTV')

    await bodyRows(page).first().locator('.grid-cell').nth(2).click()
    await page.getByRole('button', { name: 'Edit…' }).click()
    await page.getByRole('textbox', { name: 'city' }).fill('Winooski <b>')
    await page.getByRole('button', { name: 'Preview…' }).click()
    await page.getByText('Winooski <b>').first().waitFor()
    expect(cityOf('BTV')).toBe(null)
    await approve(page)
    expect(cityOf('BTV')).toBe('Winooski <b>')
    expect(records().filter(({ values }) => values.iata !== 'BTV')).toHaveLength(3)

    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: 'Changes' }).click()
    await page.getByText('cli: open').first().click()
    await page.getByRole('button', { name: 'Undo all' }).click()
    await approve(page)
    expect(cityOf('BTV')).toBe(null)
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: 'Profile' }).click()
    await page.getByText('latitude').first().waitFor()
    expect(errors).toEqual([])
    const { origin } = new URL(url)
    expect(requests.filter((each) => each !== `${origin}/api`)).toEqual([])
  })

  it('says that its program has ended', async () => {
    const { url, child, result } = await open(['airports'])
    const { page } = await show(url)
    await expect.poll(() => bodyRows(page).count(), { timeout: 15_000 }).toBe(4)
    child.kill('SIGINT')
    expect((await result).code).toBe(0)
    await page.getByRole('searchbox').fill('burl')
    await page.getByText('The program behind this page has ended').first().waitFor()
  })
})

/** What a page of another origin tries, with the right secret even. */
const ATTACK = `async ({ origin, secret }) => {
  const body = JSON.stringify({ request: 'tables', params: {} })
  const seen = {}
  const attempt = async (name, run) => {
    try { seen[name] = await run() } catch (error) { seen[name] = 'failed' }
  }
  const headers = { 'content-type': 'application/json', authorization: 'Bearer ' + secret }
  await attempt('fetch', async () => (await fetch(origin + '/api', { method: 'POST', headers, body })).status)
  await attempt('simple', async () => (await fetch(origin + '/api', { method: 'POST', body })).status)
  await attempt('opaque', async () => (await (await fetch(origin + '/api', { method: 'POST', mode: 'no-cors', body })).text()))
  await attempt('page', async () => await (await fetch(origin + '/')).text())
  await attempt('opaque page', async () => await (await fetch(origin + '/', { mode: 'no-cors' })).text())
  const load = (tag, set) => new Promise((resolve) => {
    const element = document.createElement(tag)
    element.onload = () => resolve('loaded')
    element.onerror = () => resolve('failed')
    Object.assign(element, set)
    document.body.append(element)
  })
  await attempt('script', () => load('script', { src: origin + '/' }))
  await attempt('image', () => load('img', { src: origin + '/' }))
  await attempt('style', () => load('link', { rel: 'stylesheet', href: origin + '/' }))
  await attempt('socket', () => new Promise((resolve) => {
    const socket = new WebSocket(origin.replace('http', 'ws') + '/api')
    socket.onopen = () => resolve('open')
    socket.onerror = () => resolve('failed')
  }))
  const form = Object.assign(document.createElement('form'), { method: 'post', action: origin + '/api', enctype: 'text/plain', target: 'frame' })
  const frame = Object.assign(document.createElement('iframe'), { name: 'frame' })
  form.append(Object.assign(document.createElement('input'), { name: body + '//' , value: '' }))
  document.body.append(frame, form)
  await attempt('form', () => new Promise((resolve) => {
    frame.onload = () => { try { resolve(frame.contentDocument?.body.innerText ?? 'unreadable') } catch { resolve('unreadable') } }
    form.submit()
  }))
  return seen
}`

describe('attackers', { timeout: 60_000 }, () => {
  it('gives pages of other origins nothing, even if they had the secret', async () => {
    const { url } = await open(['airports'])
    const { origin, hash } = new URL(url)
    const seenBy: string[] = []
    const other = createServer((request, response) => {
      seenBy.push(`${request.url} ${request.headers.referer ?? ''}`)
      response.setHeader('content-type', 'text/html').end('<!doctype html><body>other')
    })
    await new Promise<void>((ready) => other.listen(0, '127.0.0.1', ready))
    closing.push(() => new Promise((closed) => void other.close(() => closed(undefined))))
    const { port } = other.address() as AddressInfo
    const { page } = await show(`http://127.0.0.1:${port}/`)
    const secret = hash.slice(1)
    const seen = await page.evaluate(`(${ATTACK})(${JSON.stringify({ origin, secret })})`)
    expect(seen).toEqual({
      ...{ fetch: 'failed', simple: 'failed', page: 'failed' },
      // Opaque responses have no readable body, or are blocked by their resource policy.
      opaque: expect.stringMatching(/^(failed)?$/),
      'opaque page': expect.stringMatching(/^(failed)?$/),
      ...{ script: 'failed', image: 'failed', socket: 'failed' },
      style: 'failed',
      form: expect.stringMatching(/unreadable|^$/),
    })
    expect(records()).toHaveLength(4)
    expect(seenBy.join('\n')).not.toContain(secret)
  })

  it('starts the browser without the secret in arguments or readable files', async () => {
    const browser = join(folder, 'browser')
    const note = join(folder, 'started')
    await writeFile(browser, `#!/bin/sh\nprintf '%s\\n' "$@" > '${note}'\nenv >> '${note}'\n`)
    await chmod(browser, 0o700)
    const known = new Set(readdirSync(tmpdir()))
    const { child, result } = start(['open', 'airports'], { ...env, BROWSER: browser })
    closing.push(async () => {
      child.kill('SIGINT')
      await result
    })
    await expect
      .poll(() => readFile(note, 'utf8').catch(() => ''), { timeout: 10_000 })
      .toMatch(/PATH=/)
    const started = await readFile(note, 'utf8')
    const [argument = ''] = started.split('\n')
    expect(argument).toMatch(/^file:\/\/.*\/clt-open-\w+\/open\.html$/)
    const [made = ''] = readdirSync(tmpdir()).filter(
      (name) => name.startsWith('clt-open-') && !known.has(name),
    )
    const file = join(tmpdir(), made, 'open.html')
    expect(statSync(join(tmpdir(), made)).mode & 0o777).toBe(0o700)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const [, url = ''] = /replace\("([^"]+)"\)/.exec(readFileSync(file, 'utf8')) ?? []
    const secret = new URL(url).hash.slice(1)
    expect(secret).toHaveLength(43)
    expect(started).not.toContain(secret)
    expect(started).not.toContain(emulator.token)
    expect(readFileSync(`/proc/${child.pid}/cmdline`, 'utf8')).not.toContain(secret)

    // The file leads a browser to the page, and is removed once the page has used the secret.
    const { page } = await show(argument)
    await expect.poll(() => bodyRows(page).count(), { timeout: 15_000 }).toBe(4)
    await expect.poll(() => readdirSync(tmpdir()).includes(made)).toBe(false)
    child.kill('SIGINT')
    const { code, stderr } = await result
    expect(code).toBe(0)
    expect(stderr).not.toContain(secret)
  })
})
