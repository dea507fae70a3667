/** The bin as a real process, as it was built. */
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text as readAll } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const BIN = fileURLToPath(new URL('../dist/bin.js', import.meta.url))

type Child = ChildProcessByStdio<null, Readable, Readable>

let folder: string
let children: Child[]

beforeEach(async () => {
  children = []
  folder = await mkdtemp(join(tmpdir(), 'chatlayer-tables-bin-'))
})
afterEach(async () => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL')
  await rm(folder, { recursive: true })
})

function run(args: string[], env: Record<string, string> = {}): Child {
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { PATH: process.env.PATH, TMPDIR: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  return child
}

async function stop(child: Child, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  const exited = once(child, 'exit')
  child.kill(signal)
  const [code] = (await exited) as [number | null]
  return code
}

/** Both outputs and the exit code of a run that ends by itself. */
async function finish(args: string[], env: Record<string, string> = {}) {
  const child = run(args, env)
  const [out, err, [code]] = await Promise.all([
    readAll(child.stdout),
    readAll(child.stderr),
    once(child, 'exit'),
  ])
  return { out, err, code }
}

/** What it has printed by the time that it is ready, which `mark` shows. */
async function printed(child: Child, mark: string): Promise<string> {
  let out = ''
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    out += chunk
    if (out.includes(mark)) return out
  }
  throw new Error(`it ended before it was ready: ${await readAll(child.stderr)}`)
}

interface Facts {
  url: string
  teamId: string
  botId: string
  tokenFile: string | null
}

async function ready(child: Child): Promise<Facts> {
  return JSON.parse(await printed(child, '\n')) as Facts
}

function getTables({ url, teamId, botId }: Facts, token: string): Promise<Response> {
  return fetch(`${url}/api/v1/teams/${teamId}/bots/${botId}/tables`, {
    headers: { authorization: `Basic ${Buffer.from(token).toString('base64')}` },
  })
}

test('prints a shell script that connects, and no token', async () => {
  await writeFile(join(folder, 'stores.csv'), 'city\nGhent\n')
  const child = run(['--port', '0', '--seed', folder])
  const out = await printed(child, 'Ctrl+C')
  expect(out).toContain('#   stores: 1 columns, 1 DRAFT records, 0 LIVE records')
  const script = `${out}
    printf '%s\\n' "$CHATLAYER_BASE_URL" "$CHATLAYER_TEAM_ID" "$CHATLAYER_BOT_ID" "$CHATLAYER_TOKEN"`
  const { stdout } = await promisify(execFile)('sh', ['-c', script])
  const [url = '', teamId = '', botId = '', token = ''] = stdout.trim().split('\n')
  expect(token).toMatch(/^[0-9a-f]{24}:[0-9a-z]{32}$/)
  const answer = await getTables({ url, teamId, botId, tokenFile: null }, token)
  expect(await answer.json()).toMatchObject({ data: [{ name: 'stores' }] })
  expect(await stop(child, 'SIGINT')).toBe(0)
  expect(out).not.toContain(token)
})

test('a name that breaks its line does not break out of its comment', async () => {
  await writeFile(join(folder, 'a\ntouch b.csv'), 'city\nGhent\n')
  const child = run(['--port', '0', '--seed', folder])
  const out = await printed(child, 'Ctrl+C')
  expect(out).toContain('#   a?touch b: 1 columns')
  expect(await stop(child)).toBe(0)
})

test('keeps its token in a file for the user alone, which goes when it ends', async () => {
  const file = join(folder, 'given.token')
  await writeFile(file, 'what was here before', { mode: 0o644 })
  for (const args of [[], ['--token-file', file]]) {
    const child = run(['--port', '0', '--json', ...args])
    const facts = await ready(child)
    const { tokenFile } = facts
    if (args.length > 0) expect(tokenFile).toBe(file)
    expect((await stat(tokenFile!)).mode & 0o777).toBe(0o600)
    const token = (await readFile(tokenFile!, 'utf8')).trim()
    expect((await getTables(facts, token)).status).toBe(200)
    expect(await stop(child)).toBe(0)
    await expect(stat(tokenFile!)).rejects.toThrow('ENOENT')
  }
})

test('takes token and ids from the environment, and writes the token nowhere', async () => {
  const child = run(['--port', '0', '--json'], {
    CHATLAYER_TOKEN: 'user:from-outside',
    CHATLAYER_TEAM_ID: 'team',
    CHATLAYER_BOT_ID: 'bot',
  })
  const facts = await ready(child)
  expect(facts).toMatchObject({ teamId: 'team', botId: 'bot', tokenFile: null, tables: [] })
  expect((await getTables(facts, 'user:from-outside')).status).toBe(200)
  expect((await getTables(facts, 'user:else')).status).toBe(401)
  expect(await readdir(folder)).toEqual([])
  expect(await stop(child)).toBe(0)
})

test('keeps its records in a file, even when it is killed', async () => {
  const storage = join(folder, 'tables.sqlite')
  const env = { CHATLAYER_TOKEN: 'user:password' }
  const one = run(['--port', '0', '--json', '--storage', storage], env)
  const { url, teamId, botId } = await ready(one)
  const made = await fetch(`${url}/_emulator/tables`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"name":"t","columns":[{"name":"a","type":"text"}]}',
  })
  const { id } = (await made.json()) as { id: string }
  const inserted = await fetch(
    `${url}/api/v1/teams/${teamId}/bots/${botId}/tables/${id}/action?version=LIVE`,
    {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from('user:password').toString('base64')}`,
        'content-type': 'application/json',
      },
      body: '{"type":"INSERT","fields":[{"columnName":"a","value":"kept"}]}',
    },
  )
  const before = ((await inserted.json()) as { data: unknown[] }).data
  await stop(one, 'SIGKILL')

  const other = run(['--port', '0', '--json', '--storage', storage], env)
  const facts = await ready(other)
  expect([facts.teamId, facts.botId]).toEqual([teamId, botId])
  const data = await fetch(
    `${facts.url}/api/v1/teams/${teamId}/bots/${botId}/tables/${id}/data?version=LIVE`,
    { headers: { authorization: `Basic ${Buffer.from('user:password').toString('base64')}` } },
  )
  expect(((await data.json()) as { data: unknown[] }).data).toEqual(before)
  await stop(other)
})

test('starts with faults and a dialect', async () => {
  const child = run([
    ...['--port', '0', '--json', '--latency', '1', '--rate-limit', '1000'],
    ...['--fault', '{"kind":"status","status":500,"times":1}'],
    ...['--dialect', 'errorMessageForm=array'],
  ])
  const facts = await ready(child)
  const token = (await readFile(facts.tokenFile!, 'utf8')).trim()
  const failed = await getTables(facts, token)
  expect([failed.status, await failed.json()]).toEqual([
    500,
    { message: ['Internal Server Error'], error: 'Internal Server Error', statusCode: 500 },
  ])
  expect((await getTables(facts, token)).status).toBe(200)
  const faults = (await (await fetch(`${facts.url}/_emulator/faults`)).json()) as object[]
  expect(faults).toMatchObject([{ kind: 'rate-limit' }, { kind: 'latency', hits: 2 }, { hits: 1 }])
  await stop(child)
})

describe('states in a line what is wrong', () => {
  test('with an option', async () => {
    const { out, err, code } = await finish(['--port', 'many'])
    expect([out, code]).toEqual(['', 2])
    expect(err).toBe('--port takes a whole number from 0 to 65535, not "many"\nTry --help.\n')
  })

  test('with a token, which it does not repeat', async () => {
    const { out, err, code } = await finish(['--port', '0'], { CHATLAYER_TOKEN: 'hunter2' })
    expect([out, code]).toEqual(['', 1])
    expect(err).toMatch(/^The emulator could not start: the access token must be one string .*\n$/)
    expect(err).not.toContain('hunter2')
  })

  test('with a seed', async () => {
    const { err, code } = await finish(['--port', '0', '--seed', join(folder, 'nope')])
    expect(code).toBe(1)
    expect(err).toMatch(/^The emulator could not start: the seed folder cannot be read: .*\n$/)
  })

  test('with a port', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as { port: number }
    const { err, code } = await finish(['--port', String(port)])
    taken.close()
    expect(code).toBe(1)
    expect(err).toBe(
      'The emulator could not start: the port is in use; use --port 0 for any free port\n',
    )
  })
})

test('--help shows how to use it', async () => {
  const { out, err, code } = await finish(['--help'])
  expect([err, code]).toEqual(['', 0])
  expect(out).toMatch(/^Usage: chatlayer-tables-emulator/)
})
