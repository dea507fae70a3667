/** The scripts of action.yml, with the built program, the emulator, and a server in place of GitHub's API. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { BIN, type Env, startProcess } from './cli.ts'
import { useEmulator } from './fixture.ts'

const { emulator, env: connection, folder } = await useEmulator()

const SCRIPTS = fileURLToPath(new URL('../../../deploy/github-action/', import.meta.url))
const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

const PROJECT = `syncs:
  airports:
    from: airports.csv
    to: airports@draft
    key: iata
    ignore: [city, state, country, latitude, longitude]
`

beforeEach(async () => {
  await writeFile(join(folder, 'chatlayer.yaml'), PROJECT)
  await writeFile(join(folder, 'airports.csv'), 'iata,name\nNEW,::error::@all\n')
  await mkdir(join(folder, 'temporary'))
  const clt = join(folder, 'clt')
  await writeFile(clt, `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`)
  await chmod(clt, 0o755)
})

interface Outcome {
  readonly code: number | null
  readonly log: string
  readonly outputs: Readonly<Record<string, string>>
  readonly summary: string
}

async function runAction(more: Env): Promise<Outcome> {
  const [output, summary] = [join(folder, 'output'), join(folder, 'summary')]
  await writeFile(output, '')
  await writeFile(summary, '')
  const env = {
    ...connection,
    CLT_COMMAND: join(folder, 'clt'),
    CLT_DEFAULT_BRANCH: 'main',
    GITHUB_OUTPUT: output,
    GITHUB_STEP_SUMMARY: summary,
    RUNNER_TEMP: join(folder, 'temporary'),
    ...more,
  }
  const { code, stdout, stderr } = await startProcess('bash', [`${SCRIPTS}run.sh`], env, folder)
    .result
  const lines = (await readFile(output, 'utf8')).trimEnd().split('\n')
  const outputs = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s)))
  return { code, log: `${stdout}${stderr}`, outputs, summary: await readFile(summary, 'utf8') }
}

const names = (): unknown[] => emulator.tables.records('airports').map(({ values }) => values.name)

describe.skipIf(process.platform === 'win32')('the script of the action', () => {
  it('plans a pull request', async () => {
    const { code, log, outputs, summary } = await runAction({ GITHUB_EVENT_NAME: 'pull_request' })
    expect(code, log).toBe(0)
    expect(outputs).toMatchObject({ mode: 'plan', changes: 'true', 'exit-code': '0' })
    expect(summary).toContain('changes to apply')
    expect(await readFile(outputs.markdown ?? '', 'utf8')).toBe(summary)
    expect(JSON.parse(await readFile(outputs.plan ?? '', 'utf8'))).toHaveProperty('syncs')
    expect(names()).not.toContain('::error::@all')
    // What a table contains is not a command of the runner.
    const [, token, inside] = /::stop-commands::(\w{32})\n(.*)\n::\1::/s.exec(log) ?? []
    expect([token, inside]).toEqual([expect.any(String), summary.trimEnd()])
  })

  it.each([
    ['push', 'refs/heads/main', 'apply'],
    ['workflow_dispatch', 'refs/heads/main', 'apply'],
    ['schedule', 'refs/heads/main', 'apply'],
    ['push', 'refs/heads/other', 'plan'],
    ['push', 'refs/tags/main', 'plan'],
    ['workflow_dispatch', 'refs/heads/other', 'plan'],
  ])('on %s of %s: %s', async (GITHUB_EVENT_NAME, GITHUB_REF, mode) => {
    const { code, outputs } = await runAction({
      GITHUB_EVENT_NAME,
      GITHUB_REF,
      CLT_COMMAND: 'true',
    })
    expect(code).toBe(0)
    expect(outputs).toMatchObject({ mode, changes: 'false' })
  })

  it('applies on a push to the main branch', async () => {
    const env = { GITHUB_EVENT_NAME: 'push', GITHUB_REF: 'refs/heads/main' }
    const { code, log, outputs, summary } = await runAction(env)
    expect(code, log).toBe(0)
    expect(outputs).toMatchObject({ mode: 'apply', changes: 'true', 'exit-code': '0' })
    expect(summary).toContain('changes to apply')
    expect(names()).toContain('::error::@all')
  })

  it('fails for a plan that cannot be applied, with its reasons, and writes nothing', async () => {
    await writeFile(join(folder, 'chatlayer.yaml'), `${PROJECT}    limits: { inserts: 0 }\n`)
    const { code, outputs, summary } = await runAction({ CLT_MODE: 'apply' })
    expect(code).toBe(11)
    expect(outputs).toMatchObject({ mode: 'apply', changes: 'false', 'exit-code': '11' })
    expect(summary).toContain('cannot be applied')
    expect(names()).not.toContain('::error::@all')
  })

  it('passes inputs on as they are', async () => {
    const text = 'a; touch pwned; $(touch pwned) `touch pwned` "x" --yes'
    const { code, log } = await runAction({ CLT_MODE: 'plan', CLT_FILE: text, CLT_ONLY: text })
    expect(code).toBe(2)
    expect(log).toContain(`there is no file ${text}`)
    await expect(readFile(join(folder, 'pwned'))).rejects.toThrow('ENOENT')
  })

  it.each([
    ['an unknown mode', { CLT_MODE: 'both' }, /"mode" must be/],
    ['pull_request_target', { GITHUB_EVENT_NAME: 'pull_request_target' }, /not supported/],
    ['a version that is not one', { CLT_COMMAND: '', CLT_VERSION: '1 --x' }, /"version" must be/],
  ])('refuses %s', async (_, env, message) => {
    const { code, log } = await runAction(env)
    expect(code).toBe(2)
    expect(log).toMatch(/^::error title=Chatlayer Tables::/m)
    expect(log).toMatch(message)
  })
})

interface Request {
  readonly method: string
  readonly path: string
  readonly body: string | undefined
  readonly token: string | undefined
}

describe('the comment of the action', () => {
  let server: Server
  let requests: Request[] = []
  let comments: object[] = []
  let status = 200

  beforeAll(async () => {
    server = createServer((request, response) => {
      let text = ''
      request.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      request.on('end', () => {
        const { method = '', url: path = '', headers } = request
        const body = text === '' ? undefined : JSON.parse(text).body
        requests.push({ method, path, body, token: headers.authorization })
        const page = Number(new URL(path, 'http://x').searchParams.get('page') ?? 1)
        const found = comments.slice((page - 1) * 100, page * 100)
        response.writeHead(status).end(JSON.stringify(method === 'GET' ? found : { id: 1 }))
      })
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
  })
  afterAll(() => server.close())
  beforeEach(() => {
    requests = []
    comments = []
    status = 200
  })

  async function comment(more: Env = {}) {
    const { port } = server.address() as AddressInfo
    const markdown = join(folder, 'plan.md')
    await writeFile(markdown, `## plan\n${'x'.repeat(70_000)}`)
    const env = {
      GITHUB_API_URL: `http://127.0.0.1:${port}`,
      GITHUB_REPOSITORY: 'some/repo',
      GITHUB_TOKEN: 'github-secret',
      CLT_PULL_REQUEST: '7',
      CLT_MARKDOWN: markdown,
      CLT_FILE: 'chatlayer--.yaml',
      CLT_OVERLAY: '',
      CLT_FOLDER: '.',
      ...more,
    }
    const script = `${SCRIPTS}comment.mjs`
    const { code, stdout, stderr } = await startProcess(process.execPath, [script], env, ROOT)
      .result
    const log = `${stdout}${stderr}`
    expect(log).not.toContain('github-secret')
    return { code, log }
  }

  it('is written once, and updated then', async () => {
    expect(await comment()).toEqual({ code: 0, log: '' })
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /repos/some/repo/issues/7/comments?per_page=100&page=1',
      'POST /repos/some/repo/issues/7/comments',
    ])
    const { body = '', token } = requests[1] ?? {}
    expect(token).toBe('Bearer github-secret')
    expect(body.length).toBe(65_536)
    const [marker = ''] = body.split('\n')
    expect(marker).toMatch(/^<!-- chatlayer-tables (?:(?!--).)+ -->$/)

    const people = Array.from({ length: 100 }, (_, id) => ({ id, body, user: { type: 'User' } }))
    comments = [...people, { id: 5_000, body, user: { type: 'Bot' } }]
    requests = []
    await comment()
    expect(requests.at(-1)).toMatchObject({
      method: 'PATCH',
      path: '/repos/some/repo/issues/comments/5000',
    })
    requests = []
    await comment({ CLT_OVERLAY: 'staging' })
    expect(requests.at(-1)?.method).toBe('POST')
  })

  it('is a warning if it cannot be written', async () => {
    status = 403
    const { code, log } = await comment()
    expect(code).toBe(0)
    expect(log).toMatch(/^::warning title=Chatlayer Tables::.*403; does the job have/)
    expect(await comment({ CLT_PULL_REQUEST: '7/../8' })).toMatchObject({ code: 0 })
    expect(await comment({ GITHUB_TOKEN: '' })).toMatchObject({
      log: expect.stringContaining('GITHUB_TOKEN is not set'),
    })
  })
})
