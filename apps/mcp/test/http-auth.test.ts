import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Emulator } from '@chatlayer-tables/emulator'
import { generateKeyPair } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { BIN, openHttp } from './clients.ts'
import { environmentOf, STORE_COUNT, startFixture } from './fixture.ts'
import { type HttpProcess, startHttpServer } from './http-server.ts'
import { type Issuer, startIssuer } from './oauth-issuer.ts'
import { INITIALIZE } from './process.ts'

let emulator: Emulator
const folder = mkdtempSync(join(tmpdir(), 'mcp-auth-'))
const tokenFile = join(folder, 'tokens.json')
const servers: HttpProcess[] = []

beforeAll(async () => {
  emulator = await startFixture()
})

afterEach(() => emulator.reset())

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()))
  await emulator.close()
  rmSync(folder, { recursive: true })
})

async function start(flags: readonly string[]): Promise<HttpProcess> {
  const server = await startHttpServer(environmentOf(emulator), flags)
  servers.push(server)
  return server
}

function tokenCommand(...args: string[]) {
  const all = [BIN, 'token', ...args, '--tokens', tokenFile]
  return spawnSync(process.execPath, all, { encoding: 'utf8', env: {} })
}

function create(...args: string[]): string {
  return tokenCommand('create', ...args).stdout.trim()
}

function post(url: string, token: string | undefined, message: unknown): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', ...(message as object) }),
  })
}

const call = (name: string, args: Record<string, unknown>) => ({
  id: 1,
  method: 'tools/call',
  params: { name, arguments: args },
})

const insert = (table: string) => call('insert_records', { table, records: [{ name: 'x' }] })

describe('the token command', () => {
  it('shows a token once, and stores its digest in a file that only the owner can read', () => {
    const { stdout, stderr, status } = tokenCommand(
      ...['create', '--scope', 'read,write:draft', '--name', 'team', '--expires', '30d'],
    )
    expect(status).toBe(0)
    expect(stdout).toMatch(/^cltmcp_[\w-]{43}\n$/)
    expect(stderr).not.toContain(stdout.trim())
    if (process.platform !== 'win32') expect(statSync(tokenFile).mode & 0o777).toBe(0o600)
    const listed = tokenCommand('list').stdout
    expect(listed).toContain('read write:draft')
    expect(listed).toContain('team')
    expect(listed).not.toContain(stdout.trim())
    const id = /^token (\w+) /.exec(stderr)?.[1] ?? ''
    expect(tokenCommand('revoke', id).stdout).toBe(`revoked ${id}\n`)
    expect(tokenCommand('list').stdout).toBe('no tokens\n')
    expect(tokenCommand('revoke', id).status).toBe(1)
  })

  it.each([
    [['create']],
    [['create', '--scope', 's3cret']],
    [['create', '--scope', 'read', '--expires', 'soon']],
    [['create', '--token', 's3cret']],
    [['forget']],
  ])('rejects %j without quoting it', (args) => {
    const { status, stderr } = tokenCommand(...args)
    expect(status).toBe(2)
    expect(stderr).toContain('Usage:')
    expect(stderr).not.toContain('s3cret')
  })
})

describe('tokens of the file', () => {
  let server: HttpProcess
  let reader: string
  let writer: string
  let publisher: string

  beforeAll(async () => {
    reader = create('--scope', 'read')
    writer = create('--scope', 'write:draft')
    publisher = create('--scope', 'write:live')
    server = await start(['--tokens', tokenFile, '--allow-live'])
  })

  it.each([
    ['no token', undefined],
    ['a wrong token', 'cltmcp_wrong'],
    ['the gateway token', 'user:password'],
    ['an empty token', ''],
  ])('rejects %s', async (_what, token) => {
    const response = await post(server.url, token, INITIALIZE)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/)
  })

  it('rejects a token at once after it was revoked', async () => {
    const { stdout, stderr } = tokenCommand('create', '--scope', 'read')
    const token = stdout.trim()
    expect((await post(server.url, token, INITIALIZE)).status).toBe(200)
    tokenCommand('revoke', /^token (\w+) /.exec(stderr)?.[1] ?? '')
    expect((await post(server.url, token, INITIALIZE)).status).toBe(401)
  })

  it.each(['v1', 'v2'] as const)('lets a %s client do what its scopes say', async (generation) => {
    const readOnly = await openHttp(generation, server.url, reader)
    const names = (await readOnly.listTools()).map(({ name }) => name)
    expect(names).not.toContain('insert_records')
    expect((await readOnly.call('list_tables', {})).isError).toBe(false)
    await expect(
      readOnly.call('insert_records', { table: 'stores', records: [{ name: 'x' }] }),
    ).rejects.toThrow()
    await readOnly.close()

    const drafts = await openHttp(generation, server.url, writer)
    // Other rows for each client: an equal call would count as repeated.
    const records = [{ name: `x ${generation}` }]
    const written = await drafts.call('insert_records', { table: 'stores', records })
    expect(written.data).toMatchObject({ inserted: 1, version: 'DRAFT' })
    await expect(drafts.call('insert_records', { table: 'stores@live', records })).rejects.toThrow()
    const { change_set } = written.data
    await drafts.close()

    const live = await openHttp(generation, server.url, publisher)
    const published = await live.call('insert_records', { table: 'stores@live', records })
    // Scopes do not affect confirmations.
    expect(published.text).not.toMatch(/LIVE_NOT_ALLOWED|scope/)
    const target = { table: 'stores@live', records: [{ name: generation }] }
    const preview = await live.call('insert_records', { ...target, dry_run: true })
    const { confirm_token } = preview.data
    const onLive = await live.call('insert_records', { ...target, confirm_token })
    expect(onLive.data).toMatchObject({ inserted: 1, version: 'LIVE' })
    await live.close()

    // An undo is a write to the version of the change.
    const reading = await openHttp(generation, server.url, reader)
    const seen = await reading.call('list_changes', { change_set })
    // The signed-in caller is identified by the id of the token.
    expect(seen.data.change_sets).toMatchObject([
      { client: 'test', caller: expect.stringMatching(/^[\da-f]{8}$/) },
    ])
    await expect(reading.call('undo_changes', { change_set })).rejects.toThrow()
    await reading.close()
    const drafting = await openHttp(generation, server.url, writer)
    const refused = await drafting.call('undo_changes', { change_set: onLive.data.change_set })
    expect(refused.data.error).toMatchObject({ code: 'LIVE_NOT_ALLOWED' })
    const undo = await drafting.call('undo_changes', { change_set, dry_run: true })
    expect(undo.data).toMatchObject({ matched: 1 })
    await drafting.close()
  })

  it('names the missing scope, so that a client can ask for it', async () => {
    const draft = await post(server.url, reader, insert('stores'))
    expect(draft.status).toBe(403)
    expect(draft.headers.get('www-authenticate')).toMatch(
      /error="insufficient_scope".*scope="read write:draft"/,
    )
    const live = await post(server.url, writer, insert('stores@LIVE'))
    expect(live.status).toBe(403)
    expect(live.headers.get('www-authenticate')).toContain('write:live')
    const batch = await fetch(server.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: `Bearer ${reader}`,
      },
      body: JSON.stringify([{ jsonrpc: '2.0', ...insert('stores') }]),
    })
    expect(batch.status).toBe(403)
    expect(emulator.tables.count('stores')).toBe(STORE_COUNT)
  })

  it('keeps a token from LIVE in every notation of the version', async () => {
    const env = { ...environmentOf(emulator), CHATLAYER_TABLE_VERSION: 'LIVE' }
    const other = await startHttpServer(env, ['--tokens', tokenFile, '--allow-live'])
    servers.push(other)
    const response = await post(other.url, writer, insert('stores'))
    expect(await response.text()).toContain('LIVE_NOT_ALLOWED')
    expect(emulator.tables.count('stores', 'LIVE')).toBe(0)
  })

  it('does not let a token exceed the limits of the operator', async () => {
    const strict = await start(['--tokens', tokenFile, '--read-only'])
    const client = await openHttp('v2', strict.url, publisher)
    expect((await client.listTools()).map(({ name }) => name)).not.toContain('insert_records')
    await client.close()
  })

  it('still requires tokens after the file was deleted', async () => {
    const own = join(folder, 'gone.json')
    spawnSync(process.execPath, [BIN, 'token', 'create', '--scope', 'read', '--tokens', own], {
      env: {},
    })
    const left = await start(['--tokens', own])
    rmSync(own)
    expect((await post(left.url, undefined, INITIALIZE)).status).toBe(401)
  })

  it('never prints a token', () => {
    for (const { stderr } of servers) expect(stderr()).not.toMatch(/cltmcp_[\w-]{43}/)
  })
})

describe('a server that others can reach', () => {
  const refused = (flags: string[], address?: string) =>
    startHttpServer(environmentOf(emulator), flags, address).then(
      () => 'it started',
      (error: Error) => error.message,
    )

  it('does not start without tokens', async () => {
    const none = join(folder, 'none.json')
    expect(await refused(['--tokens', none, '--allow-host', 'x.test'], '0.0.0.0:0')).toMatch(
      /exit 2: .*serving other machines requires tokens/,
    )
    expect(await refused(['--tokens', none, '--public-url', 'https://x.test/mcp'])).toContain(
      'requires tokens',
    )
  })

  it('does not start without its host names', async () => {
    expect(await refused(['--tokens', tokenFile], '0.0.0.0:0')).toContain('--allow-host')
  })

  it.skipIf(process.platform === 'win32')(
    'does not start with an invalid token file, or one that others can read',
    async () => {
      const open = join(folder, 'open.json')
      writeFileSync(open, '{"version":1,"tokens":[]}')
      chmodSync(open, 0o644)
      expect(await refused(['--tokens', open])).toContain('chmod 600')
      writeFileSync(open, 'nonsense')
      chmodSync(open, 0o600)
      expect(await refused(['--tokens', open])).toContain('not a token file')
    },
  )
})

describe('JWTs of an issuer', () => {
  const publicUrl = 'https://tables.example.com/mcp'
  let issuer: Issuer
  let server: HttpProcess

  beforeAll(async () => {
    issuer = await startIssuer()
    server = await start([
      ...['--tokens', join(folder, 'no-tokens.json')],
      ...['--oauth-issuer', issuer.url, '--public-url', publicUrl],
    ])
  })

  afterAll(() => issuer.close())

  const status = async (token: string) => (await post(server.url, token, INITIALIZE)).status

  it('are accepted, with their scopes', async () => {
    const token = await issuer.token({ aud: publicUrl, scope: 'openid read' })
    expect(await status(token)).toBe(200)
    expect((await post(server.url, token, insert('stores'))).status).toBe(403)
    const writer = await issuer.token({ aud: [publicUrl], scp: ['write:draft'] })
    const written = await post(server.url, writer, insert('stores'))
    expect(await written.text()).toContain('"inserted":1')
  })

  it.each<[string, () => Promise<string>]>([
    ['of another audience', () => issuer.token({ aud: 'https://other.test', scope: 'read' })],
    ['without an audience', () => issuer.token({ scope: 'read' })],
    ['of another issuer', () => issuer.token({ iss: 'https://x.test', aud: publicUrl })],
    ['that has expired', () => issuer.token({ aud: publicUrl, exp: 1_000_000 })],
    ['without an end', () => issuer.token({ aud: publicUrl, exp: undefined })],
    ['not yet good', () => issuer.token({ aud: publicUrl, nbf: 9_999_999_999 })],
    [
      'signed by another issuer',
      async () => issuer.token({ aud: publicUrl }, (await generateKeyPair('ES256')).privateKey),
    ],
    [
      'without a signature',
      async () => unsigned({ iss: issuer.url, aud: publicUrl, scope: 'read' }),
    ],
    ['that are none', async () => 'a.b.c'],
  ])('are rejected %s', async (_what, make) => {
    expect(await status(await make())).toBe(401)
  })

  it('are rejected without a scope of this server', async () => {
    expect(await status(await issuer.token({ aud: publicUrl, scope: 'openid' }))).toBe(403)
  })

  it('are requested with a link to the metadata, which names the issuer', async () => {
    const { headers } = await post(server.url, undefined, INITIALIZE)
    const place = /resource_metadata="([^"]+)"/.exec(headers.get('www-authenticate') ?? '')?.[1]
    expect(place).toBe('https://tables.example.com/.well-known/oauth-protected-resource/mcp')
    const path = new URL(place ?? '').pathname
    const metadata = await (await fetch(new URL(path, server.url))).json()
    expect(metadata).toMatchObject({
      resource: publicUrl,
      authorization_servers: [issuer.url],
      scopes_supported: ['read', 'write:draft', 'write:live'],
    })
  })
})

function unsigned(claims: Record<string, unknown>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const exp = Math.floor(Date.now() / 1000) + 60
  return `${part({ alg: 'none', typ: 'JWT' })}.${part({ ...claims, exp })}.`
}
