/**
 * A write of an assistant, approved in the terminal: the MCP server and the command line meet only in the
 * state folder, so no package can test the two together.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmulator } from '../packages/emulator/dist/index.js'
import { ROOT } from './workspace.mjs'

const SERVER = join(ROOT, 'apps/mcp/dist/bin.js')
const CLT = join(ROOT, 'apps/cli/dist/bin.js')
const DOWN = '\u001b[B'
const ENTER = '\r'

/** Whether this system has `script` of util-linux, which opens a pseudo-terminal. */
const hasPty =
  process.platform === 'linux' &&
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true

const folder = mkdtempSync(join(tmpdir(), 'review-'))
/** @type {Awaited<ReturnType<typeof startEmulator>>} */
let emulator
/** @type {ReturnType<typeof startServer>} */
let server

beforeAll(async () => {
  const records = Array.from({ length: 30 }, (_, index) => ({
    name: `store ${index}`,
    city: index < 25 ? 'Gent' : 'Namur',
  }))
  const columns = ['name', 'city'].map((name) => ({ name, type: /** @type {const} */ ('text') }))
  emulator = await startEmulator({ tables: [{ name: 'stores', columns, records }] })
  server = startServer()
  await server.request('initialize', {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'a-client', version: '1' },
  })
  server.notify('notifications/initialized')
})

afterAll(async () => {
  server?.child.kill()
  await emulator?.close()
  rmSync(folder, { recursive: true, force: true })
})

function environment() {
  return {
    PATH: process.env.PATH,
    HOME: folder,
    XDG_STATE_HOME: join(folder, 'state'),
    XDG_CONFIG_HOME: join(folder, 'config'),
    SHELL: '/bin/sh',
    TERM: 'xterm',
    NO_COLOR: '1',
    CHATLAYER_BASE_URL: emulator.url,
    CHATLAYER_TOKEN: emulator.token,
    CHATLAYER_TEAM_ID: emulator.teamId,
    CHATLAYER_BOT_ID: emulator.botId,
  }
}

/** The server over stdio, for a client that can neither ask its user nor show views. */
function startServer() {
  const child = spawn(process.execPath, [SERVER, '--confirm', 'review'], {
    env: environment(),
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ chunk) => {
    text += chunk
  })
  let last = 0
  /** @param {Record<string, unknown>} message */
  const send = (message) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  return {
    child,
    /** @param {string} method */
    notify: (method) => send({ method }),
    /** @param {string} method @param {Record<string, unknown>} params */
    async request(method, params) {
      const id = ++last
      send({ id, method, params })
      for (;;) {
        const lines = text.split('\n').slice(0, -1)
        const found = lines.map((line) => JSON.parse(line)).find((message) => message.id === id)
        if (found !== undefined) return found.result
        await once(child.stdout, 'data')
      }
    },
  }
}

/** @param {Record<string, unknown>} args */
async function update(args) {
  const params = { name: 'update_records', arguments: args }
  const { structuredContent, isError } = await server.request('tools/call', params)
  return { ...structuredContent, isError }
}

/** Decides a review in a terminal. @param {string} id @param {string} keys until the choice, and its name */
async function decide(id, keys, choice = /Approve/) {
  const command = `stty cols 160 rows 40; exec '${process.execPath}' '${CLT}' review ${id}`
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd: folder,
    env: environment(),
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let screen = ''
  child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ chunk) => {
    screen += stripVTControlCharacters(chunk)
  })
  const ended = once(child, 'close')
  await expect.poll(() => screen).toContain('Decide later')
  screen = ''
  child.stdin.write(keys)
  await expect.poll(() => screen).toMatch(choice)
  child.stdin.write(ENTER)
  const [code] = await ended
  return { code, screen }
}

/** What the server reads of all records, as text. */
async function cities() {
  const params = { name: 'query_records', arguments: { table: 'stores', select: ['city'] } }
  const { structuredContent } = await server.request('tools/call', params)
  expect(structuredContent.error).toBeUndefined()
  return JSON.stringify(structuredContent)
}

describe.runIf(hasPty)('a write of an assistant without forms and views', () => {
  const args = { table: 'stores', where: { city: 'Gent' }, set: { city: 'Ghent' } }

  it('waits for the terminal, and is executed once it is approved there', async () => {
    const waiting = await update(args)
    expect(waiting).toMatchObject({ would_update: 25, review: { id: expect.any(String) } })
    expect(waiting.isError ?? false).toBe(false)
    expect(waiting.notice).toContain(`clt review ${waiting.review.id}`)
    expect(JSON.stringify(waiting)).not.toContain('"confirm_token"')

    const { id } = waiting.review
    const early = await update({ confirm_token: id })
    expect(early.updated).toBeUndefined()
    expect(await cities()).not.toContain('Ghent')

    expect(await decide(id, DOWN)).toMatchObject({ code: 0 })
    expect(await cities()).not.toContain('Ghent')
    expect(await update({ confirm_token: id })).toMatchObject({ matched: 25, updated: 25 })
    expect(await cities()).toContain('Ghent')
  })

  it('is not executed if it is declined', async () => {
    const all = { table: 'stores', all: true, set: { city: 'Brugge' } }
    const { review } = await update(all)
    expect(await decide(review.id, DOWN + DOWN, /Decline/)).toMatchObject({ code: 0 })
    const refused = await update({ confirm_token: review.id })
    expect(refused.updated).toBeUndefined()
    expect(await cities()).not.toContain('Brugge')
  })
})
