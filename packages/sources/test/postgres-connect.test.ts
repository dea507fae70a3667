import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SideError } from '../src/index.ts'
import { makeCertificates } from './certificates.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'
import { failureOf, readText } from './read-side.ts'

const NOBODY = 65534
const PASSWORD = 'p@ss:w/rd#%é'
const QUERY = 'select ssl::text as ssl from pg_stat_ssl where pid = pg_backend_pid()'

let folder: string
let server: PostgresServer
let client: pg.Client

/** Writes a file that the server reads too. */
function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text, { mode: 0o600 })
  if (process.getuid?.() === 0) chownSync(path, NOBODY, NOBODY)
  return path
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chatlayer-tls-'))
  chmodSync(folder, 0o755)
  if (process.getuid?.() === 0) chownSync(folder, NOBODY, NOBODY)
  for (const [name, text] of Object.entries(await makeCertificates())) write(name, text)
  const hba = write(
    'hba.conf',
    [
      'local all all trust',
      'host all postgres 127.0.0.1/32 trust',
      'hostssl all certified 127.0.0.1/32 cert',
      'hostssl all secure 127.0.0.1/32 scram-sha-256',
      'host all ann 127.0.0.1/32 scram-sha-256',
      'host all bob 127.0.0.1/32 md5',
      'host all cleartext 127.0.0.1/32 password',
    ].join('\n'),
  )
  server = await startPostgres({
    ssl: 'on',
    ssl_ca_file: join(folder, 'ca.crt'),
    ssl_cert_file: join(folder, 'server.crt'),
    ssl_key_file: join(folder, 'server.key'),
    hba_file: hba,
    unix_socket_directories: folder,
  })
  client = new pg.Client(server.url())
  await client.connect()
  const password = pg.escapeLiteral(PASSWORD)
  await client.query(`
    create role ann login password ${password}; create role secure login password ${password};
    create role cleartext login password ${password}; create role certified login;
    set password_encryption = 'md5'; create role bob login password ${password}`)
})

afterAll(async () => {
  await client?.end()
  await server?.end()
  rmSync(folder, { recursive: true, force: true })
})

const file = (name: string) => encodeURIComponent(join(folder, name))
const at = (parameters = '', user = 'postgres', host = 'localhost') =>
  `postgres://${user}@${host}:${server.port}/postgres?${parameters}`
const ssl = async (address: string, env: Record<string, string> = {}) =>
  (await readText(address, { query: QUERY, env })).text.trim()
const failure = async (address: string, env: Record<string, string> = {}) =>
  await failureOf(readText(address, { query: QUERY, env }))

describe('encryption', () => {
  it.each([
    ['', 'false'],
    ['sslmode=disable', 'false'],
    ['sslmode=allow', 'false'],
    ['sslmode=prefer', 'true'],
    ['sslmode=require', 'true'],
  ])('%s', async (parameters, encrypted) => {
    expect(await ssl(at(parameters))).toBe(`{"ssl":"${encrypted}"}`)
  })

  it('is verified by the certificates of sslrootcert', async () => {
    const root = `sslrootcert=${file('ca.crt')}`
    for (const mode of ['', '&sslmode=require', '&sslmode=verify-ca', '&sslmode=verify-full']) {
      expect(await ssl(at(`${root}${mode}`))).toBe('{"ssl":"true"}')
    }
    expect(await ssl(at(`sslmode=verify-full&sslnegotiation=direct&${root}`))).toContain('true')
    expect(await ssl(at(), { PGSSLROOTCERT: join(folder, 'ca.crt') })).toContain('true')
    // The certificate is for localhost.
    const address = at(`${root}`, 'postgres', '127.0.0.1')
    expect(await failure(address)).toMatch(/is for another host.*name in the certificate/)
    expect(await ssl(`${address}&sslmode=verify-ca`)).toContain('true')
  })

  it('fails for a certificate of an unknown authority, and says what to do', async () => {
    expect(await failure(at('sslmode=verify-full'))).toMatch(
      /SideError: the certificate of .* authority that is not trusted .*sslrootcert=FILE/,
    )
    expect(await failure(at('sslmode=verify-full&sslrootcert=system'))).toContain('not trusted')
    expect(await failure(at(`sslrootcert=${file('none')}`))).toMatch(/none cannot be read/)
  })

  it('may be required by the server', async () => {
    const env = { PGPASSWORD: PASSWORD }
    expect(await failure(at('', 'secure'), env)).toMatch(/sslmode=verify-full/)
    expect(await ssl(at('sslmode=allow', 'secure'), env)).toContain('true')
    expect(await ssl(at('sslmode=require&channel_binding=require', 'secure'), env)).toContain(
      'true',
    )
    expect(await failure(at('channel_binding=require', 'ann'), env)).toContain('channel binding')
    expect(
      await failure(at('sslmode=require&channel_binding=require', 'cleartext'), env),
    ).toContain('channel binding')
  })

  it('may identify the user by a certificate', async () => {
    const files = `sslmode=require&sslcert=${file('client.crt')}&sslkey=${file('client.key')}`
    expect(await ssl(at(files, 'certified'))).toContain('true')
    expect(await failure(at('sslmode=require', 'certified'))).toContain('SideError')
    if (process.platform === 'win32') return
    chmodSync(join(folder, 'client.key'), 0o644)
    expect(await failure(at(files, 'certified'))).toMatch(/others may read it.*chmod 0600/)
    chmodSync(join(folder, 'client.key'), 0o600)
  })

  it.runIf(process.platform !== 'win32')('is not for sockets', async () => {
    const socket = `postgres://postgres@${file('')}:${server.port}/postgres`
    expect(await readText(socket, { query: 'select 1 as a' })).toMatchObject({
      text: '{"a":1}\n',
      name: expect.stringContaining(file('')),
    })
    const env = { PGHOST: folder, PGPORT: String(server.port), PGUSER: 'postgres' }
    expect((await readText('postgres:///postgres', { query: 'select 1 as a', env })).text).toBe(
      '{"a":1}\n',
    )
  })
})

describe('passwords', () => {
  it.each(['ann', 'bob', 'cleartext'])('of %s', async (user) => {
    const env = { PGPASSWORD: PASSWORD }
    expect(await ssl(at('', user), env)).toContain('false')
    const query = 'select current_user::text as a'
    const { text } = await readText(at('', user), { query, secret: PASSWORD })
    expect(text).toBe(`{"a":"${user}"}\n`)
  })

  it('are found in a file', async () => {
    const line = `localhost:*:*:ann:${PASSWORD.replace(/[:\\]/g, '\\$&')}`
    const path = write('pass', line)
    expect(await ssl(at('', 'ann'), { PGPASSFILE: path })).toContain('false')
    if (process.platform === 'win32') return
    chmodSync(path, 0o644)
    expect(await failure(at('', 'ann'), { PGPASSFILE: path })).toMatch(
      /requires a password.*PGPASSWORD.*chmod 0600/,
    )
  })

  it.each(['ann', 'bob', 'cleartext'])('that are wrong, of %s, are not repeated', async (user) => {
    const error = await readText(at('', user), {
      query: QUERY,
      env: { PGPASSWORD: 'geheim' },
    }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(SideError)
    expect(error).toMatchObject({ code: 'SIDE_ACCESS', isTransient: false })
    expect((error as SideError).hint).toContain('PGPASSWORD')
    const texts = JSON.stringify([error, String(error), (error as Error).cause ?? null])
    expect(texts).not.toContain('geheim')
  })

  it('are missing', async () => {
    const text = await failure(at('', 'ann'))
    expect(text).toMatch(/SideError: .* requires a password .*PGPASSWORD/)
  })
})

describe('the session', () => {
  const settings = async (address: string, env: Record<string, string> = {}) => {
    const query = `select current_setting('application_name') as name, current_setting('search_path') as path`
    return JSON.parse((await readText(address, { query, env })).text)
  }

  it('has the settings of the address and the environment', async () => {
    const options = encodeURIComponent('-c search_path=shop')
    expect(await settings(at(`application_name=nightly&options=${options}`))).toEqual({
      name: 'nightly',
      path: 'shop',
    })
    const env = { PGAPPNAME: 'hourly', PGOPTIONS: '-c search_path=other' }
    expect(await settings(at(), env)).toEqual({ name: 'hourly', path: 'other' })
    expect(await settings(at())).toEqual({ name: 'chatlayer-tables', path: '"$user", public' })
  })

  it('takes nothing from the environment of the process', async () => {
    const names = {
      PGOPTIONS: '-c search_path=wrong',
      PGAPPNAME: 'wrong',
      PGSSLMODE: 'verify-full',
    }
    const before = { ...process.env }
    Object.assign(process.env, names)
    try {
      expect(await settings(at())).toEqual({ name: 'chatlayer-tables', path: '"$user", public' })
    } finally {
      for (const name of Object.keys(names)) delete process.env[name]
      Object.assign(process.env, before)
    }
  })

  it.each([
    ['read-write', true],
    ['primary', true],
    ['any', true],
    ['prefer-standby', true],
    ['standby', false],
    ['read-only', false],
  ])('is on a server that is %s', async (kind, isThis) => {
    const read = settings(at(`target_session_attrs=${kind}`))
    if (isThis) expect(await read).toBeDefined()
    else expect(await failureOf(read)).toContain(`not a server that is ${kind}`)
  })
})
