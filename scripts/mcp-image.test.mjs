/** The Dockerfile of the MCP server, carried out without an engine: see container.mjs. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { validate } from 'dockerfile-utils'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startEmulator } from '../packages/emulator/dist/index.js'
import { buildImage, commandOf, environmentOf, stepsOf } from './container.mjs'
import { ROOT, readManifest } from './workspace.mjs'

const DOCKERFILE = join(ROOT, 'deploy/mcp/Dockerfile')
/** The build takes half a minute of CPU, which can be long on a busy machine. */
const BUILD_TIMEOUT_MS = 20 * 60_000
const TEXT = readFileSync(DOCKERFILE, 'utf8')

/** @param {string} text */
function problemsOf(text) {
  return validate(text).map(({ range, message }) => `${range.start.line + 1}: ${message}`)
}

describe('the Dockerfile', () => {
  it('is valid', () => {
    expect(problemsOf(TEXT)).toEqual([])
  })

  it.each([
    ['an unknown instruction', 'WORKDIR /src', 'WORKDR /src', /Unknown instruction: WORKDR/],
    ['an unknown flag', '--chmod', '--chmode', /Unknown flag: chmode/],
    ['an invalid port', 'EXPOSE 8808', 'EXPOSE 88088808x', /Invalid containerPort/],
    ['a command without a base', /^FROM.*$/gm, '', /No source image/],
  ])('with %s is not', (_, right, wrong, problem) => {
    expect(problemsOf(TEXT.replace(right, wrong)).join('\n')).toMatch(problem)
  })

  it('pins its bases, to the Node of this repository', () => {
    const [build = '', final = ''] = stepsOf(TEXT)
      .filter(({ keyword }) => keyword === 'FROM')
      .map(({ words }) => words[0])
    const { node } = readManifest(ROOT).devDependencies
    expect(build).toMatch(/^node:\d+\.\d+\.\d+-[a-z]+-slim$/)
    expect(final).toMatch(/^gcr\.io\/distroless\/nodejs\d+-debian\d+:nonroot$/)
    expect(/:(\d+)/.exec(build)?.[1]).toBe(node.split('.')[0])
    expect(/nodejs(\d+)/.exec(final)?.[1]).toBe(node.split('.')[0])
  })

  it('sets no secret', () => {
    const names = stepsOf(TEXT)
      .filter(({ keyword }) => keyword === 'ENV' || keyword === 'ARG')
      .flatMap(({ words }) => words.map((word) => word.split('=')[0]))
    expect(names.filter((name) => /TOKEN|SECRET|PASSWORD|KEY/i.test(name ?? ''))).toEqual([])
  })
})

// Its commands run under a POSIX shell, and take half a minute of CPU.
describe.runIf(process.env.MCP_IMAGE === '1' && process.platform !== 'win32')('the image', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-image-'))
  /** @type {ReturnType<typeof buildImage>} */
  let image
  /** @type {Awaited<ReturnType<typeof startEmulator>>} */
  let emulator

  beforeAll(async () => {
    image = buildImage({ dockerfile: DOCKERFILE, context: ROOT, folder })
    emulator = await startEmulator({
      tables: [{ name: 'stores', columns: [{ name: 'city', type: 'text' }] }],
    })
  }, BUILD_TIMEOUT_MS)

  afterAll(async () => {
    await emulator?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  function environment() {
    return {
      ...environmentOf(image),
      CHATLAYER_BASE_URL: emulator.url,
      CHATLAYER_TOKEN: emulator.token,
      CHATLAYER_TEAM_ID: emulator.teamId,
      CHATLAYER_BOT_ID: emulator.botId,
    }
  }

  /** @param {readonly string[]} args instead of CMD */
  function run(args) {
    const [command = '', ...rest] = commandOf(image, [...image.entrypoint, ...args])
    return spawnSync(command, rest, { env: environment(), encoding: 'utf8' })
  }

  it('holds the built server and what it needs in production, and nothing else', () => {
    const app = join(image.root, 'app')
    expect(readdirSync(image.root).sort()).toEqual(['app', 'data'])
    expect(readdirSync(app).filter((name) => !/^(?:LICENSE|\w+\.md)$/.test(name))).toEqual([
      'dist',
      'node_modules',
      'package.json',
    ])
    const files = readdirSync(app, { recursive: true, encoding: 'utf8' })
    expect(files.filter((name) => /^dist\/.*\.test\./.test(name))).toEqual([])
    const development = Object.keys(readManifest(join(ROOT, 'apps/mcp')).devDependencies)
    const installed = readdirSync(join(app, 'node_modules/.pnpm'))
    const needless = ['vitest', 'typescript', ...development].filter((name) =>
      installed.some((folder) => folder.startsWith(`${name.replace('/', '+')}@`)),
    )
    expect(needless).toEqual([])
  })

  it('runs as a user without rights, who alone may read its data', () => {
    expect(image.user).toBe('65532:65532')
    expect(statSync(join(image.root, 'data')).mode & 0o777).toBe(0o700)
  })

  it('does not start without tokens and a public URL', () => {
    const { status, stderr } = run(image.cmd)
    expect(status).toBe(2)
    expect(stderr).toMatch(/requires --public-url/)
  })

  it(
    'is healthy while it serves, and not after it',
    async () => {
      const created = run(['token', 'create', '--scope', 'read'])
      expect(created.status).toBe(0)
      const port = await freePort()
      // Both must name the port that the image exposes.
      const at = (/** @type {readonly string[]} */ argv) =>
        commandOf(image, argv).map((word) => word.replace(`:${image.ports[0]}`, `:${port}`))
      const [command = '', ...args] = at([
        ...image.entrypoint,
        ...image.cmd,
        ...['--public-url', 'https://tables.example.com/mcp'],
      ])
      const [check = '', ...checkArgs] = at(image.healthcheck)
      const health = () => spawnSync(check, checkArgs, { env: environmentOf(image) }).status
      expect(health()).toBe(1)

      const server = spawn(command, args, { env: environment(), stdio: 'ignore' })
      const ended = once(server, 'exit')
      try {
        await vi.waitFor(() => expect(health()).toBe(0), { timeout: 300_000 })
        const { status, text } = await listTables(port, created.stdout.trim())
        expect(status).toBe(200)
        expect(text).toContain('stores')
        expect((await listTables(port, 'cltmcp_wrong')).status).toBe(401)
      } finally {
        server.kill('SIGTERM')
      }
      expect(await ended).toEqual([0, null])
      expect(health()).toBe(1)
    },
    BUILD_TIMEOUT_MS,
  )
})

/**
 * @param {number} port
 * @param {string} token
 */
async function listTables(port, token) {
  const response = await fetch(`http://127.0.0.1:${port}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({
      ...{ jsonrpc: '2.0', id: 1, method: 'tools/call' },
      params: { name: 'list_tables', arguments: {} },
    }),
  })
  return { status: response.status, text: await response.text() }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  server.close()
  await once(server, 'close')
  return port
}
