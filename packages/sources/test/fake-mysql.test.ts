/** What a MySQL server can do to a reading. Runs on any machine. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FakeMysqlOptions, int, lengthCoded, startFakeMysql } from './fake-mysql.ts'
import { failureOf, open, readText } from './read-side.ts'

const JSON_TYPE = 245
const VAR_STRING = 253
const BINARY = 63
const columns = [
  { name: 'id', type: 3, length: 11, charset: BINARY },
  { name: 'name', type: VAR_STRING },
]

function* stores(count: number): Generator<(Buffer | null)[]> {
  for (let id = 1; id <= count; id += 1) yield [int(id, 4), lengthCoded(`store ${id}`)]
}

async function failure(options: FakeMysqlOptions, parameters = '', password = 'geheim') {
  await using server = await startFakeMysql(options)
  const address = `mysql://ann@127.0.0.1:${server.port}/shop${parameters}#stores`
  const error = await failureOf(readText(address, { env: { MYSQL_PWD: password } }))
  expect(error).not.toContain('geheim')
  expect(error).not.toContain('ann@')
  return error
}

describe('a server of MySQL', () => {
  it('gives the rows, of a snapshot that it is asked for', async () => {
    await using server = await startFakeMysql({
      columns: [...columns, { name: 'hours', type: JSON_TYPE, charset: BINARY }],
      rows: [
        [int(1, 4), lengthCoded('Ghent'), lengthCoded('{"a": [1.10, 12345678901234567890]}')],
        [int(2, 4), null, null],
      ],
    })
    const address = `mysql://ann@127.0.0.1:${server.port}/shop#stores`
    expect(await readText(address)).toMatchObject({
      columns: { id: 'int', name: 'text', hours: 'jsonb' },
      text:
        '{"id":1,"name":"Ghent","hours":{"a": [1.10, 12345678901234567890]}}\n' +
        '{"id":2,"name":null,"hours":null}\n',
      name: `mysql://127.0.0.1:${server.port}/shop#stores`,
    })
    expect(server.statements.slice(-5)).toEqual([
      expect.stringContaining("time_zone = '+00:00'"),
      'set session transaction isolation level repeatable read',
      'start transaction with consistent snapshot, read only',
      'select * from `shop`.`stores`',
      expect.stringContaining('check_constraints'),
    ])
  })

  it('has a text column that it checks to be JSON', async () => {
    await using server = await startFakeMysql({
      columns: [...columns, { name: 'my`hours', type: 252 }, { name: 'note', type: 252 }],
      rows: [[int(1, 4), lengthCoded('Ghent'), lengthCoded('{"a":\n1.10}'), lengthCoded('{}')]],
      answer: (statement) =>
        statement.includes('check_constraints')
          ? [['json_valid(`my``hours`)'], ['(`id` > 0)'], ['(json_valid(`note`) or (1 = 1))']]
          : undefined,
    })
    expect(await readText(`mysql://ann@127.0.0.1:${server.port}/shop#stores`)).toMatchObject({
      columns: { id: 'int', name: 'text', 'my`hours': 'jsonb', note: 'text' },
      text: '{"id":1,"name":"Ghent","my`hours":{"a": 1.10},"note":"{}"}\n',
    })
  })

  it('sends text that is not UTF-8', async () => {
    const rows = [[int(1, 4), lengthCoded(Buffer.from([0x61, 0xff]))]]
    expect(await failure({ columns, rows })).toContain('"name" of row 1 is not valid UTF-8')
  })

  it.each([
    ['hello', 'close', 'cannot be reached: the connection broke'],
    ['login', 'close', 'cannot be reached: the connection broke'],
    ['query', 'close', 'cannot be reached: the connection broke'],
    ['prepare', 'close', 'cannot be reached: the connection broke'],
    ['rows', 'close', 'cannot be reached: the connection broke'],
    ['hello', { errno: 1040, message: 'Too many connections' }, 'ended the connection: Too many'],
    [
      'login',
      { errno: 1045, message: 'Access denied' },
      'does not allow this: Access denied (1045)',
    ],
    ['prepare', { errno: 1142, message: 'SELECT command denied' }, 'grant select'],
    ['rows', { errno: 1317, message: 'Query was interrupted' }, 'stopped the query'],
    ['rows', { errno: 1205, message: 'Lock wait timeout' }, 'Lock wait timeout (1205)'],
    ['rows', { errno: 1690, message: 'value geheim is out of range' }, 'a value is not valid'],
  ] as const)('fails at %s by %o', async (at, by, message) => {
    const found = await failure({ columns, rows: stores(5000), fail: { at, by } })
    expect(found).toMatch(/^SideError/)
    expect(found).toContain(message)
  })

  it.each(['hello', 'login'] as const)('is silent at %s', async (at) => {
    const options: FakeMysqlOptions = { fail: { at, by: 'silence' } }
    expect(await failure(options, '?connect-timeout=1')).toContain('it does not respond')
  })

  it('is silent in the middle of the rows until the reader gives up', async () => {
    await using server = await startFakeMysql({
      columns,
      rows: stores(10),
      fail: { at: 'rows', by: 'silence' },
    })
    const stop = new AbortController()
    await using side = await open(`mysql://ann@127.0.0.1:${server.port}/shop#stores`)
    await using reading = await side.read({ signal: stop.signal })
    const bytes = reading.bytes().next()
    stop.abort(new Error('enough'))
    await expect(bytes).rejects.toThrow('enough')
  })

  it.each(['client_ed25519', 'mysql_clear_password'])('asks for %s', async (plugin) => {
    await using server = await startFakeMysql({ plugin })
    const address = `mysql://ann@127.0.0.1:${server.port}/shop#stores`
    const error = await failureOf(open(address, { env: { MYSQL_PWD: 'geheim' } }))
    expect(error).toContain(`a way to log in that is not supported (${plugin})`)
    expect(server.logins.join()).not.toContain('geheim')
  })

  it('is not there', async () => {
    const server = await startFakeMysql()
    await server[Symbol.asyncDispose]()
    const error = await failureOf(open(`mysql://ann@127.0.0.1:${server.port}/shop#stores`))
    expect(error).toContain('no server is listening there')
  })
})

describe('encryption', () => {
  let folder = ''
  const files = { authority: '', other: '' }
  const servers: Record<'name' | 'address', { cert: string; key: string }> = {
    name: { cert: '', key: '' },
    address: { cert: '', key: '' },
  }
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chatlayer-mysql-'))
    const make = { keyType: 'ec', algorithm: 'sha256' } as const
    const authority = await generate([{ name: 'commonName', value: 'Authority' }], {
      ...make,
      extensions: [{ name: 'basicConstraints', cA: true, critical: true }],
    })
    const other = await generate([{ name: 'commonName', value: 'Other' }], make)
    files.authority = join(folder, 'authority.pem')
    files.other = join(folder, 'other.pem')
    writeFileSync(files.authority, authority.cert)
    writeFileSync(files.other, other.cert)
    const ca = { key: authority.private, cert: authority.cert }
    for (const [name, altName] of [
      ['name', { type: 2, value: 'localhost' }],
      ['address', { type: 7, ip: '127.0.0.1' }],
    ] as const) {
      const made = await generate([{ name: 'commonName', value: 'server' }], {
        ...make,
        ca,
        extensions: [{ name: 'subjectAltName', altNames: [altName] }],
      })
      servers[name] = { cert: made.cert, key: made.private }
    }
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const connect = async (of: 'name' | 'address', host: string, parameters: string) => {
    await using server = await startFakeMysql({ columns, rows: stores(1), tls: servers[of] })
    const address = `mysql://ann@${host}:${server.port}/shop?${parameters}#stores`
    return await readText(address).then(
      () => 'connected',
      (error: Error) => error.message,
    )
  }

  it.each([
    ['name', 'localhost', 'ssl-ca=CA', 'connected'],
    ['address', '127.0.0.1', 'ssl-ca=CA', 'connected'],
    // The name and the address of the same machine are not the same to a certificate.
    ['address', 'localhost', 'ssl-ca=CA', 'is for another host'],
    ['name', '127.0.0.1', 'ssl-ca=CA', 'is for another host'],
    ['name', '127.0.0.1', 'ssl-ca=CA&ssl-mode=Verify_ca', 'connected'],
    ['name', 'localhost', 'ssl-mode=verify-identity', 'is of an authority that is not trusted'],
    ['name', 'localhost', 'ssl-mode=verify-ca', 'is of an authority that is not trusted'],
    ['name', 'localhost', 'ssl-ca=OTHER', 'is of an authority that is not trusted'],
    ['name', 'localhost', 'ssl_mode=required', 'connected'],
    ['name', 'localhost', 'sslMode=preferred', 'connected'],
    ['name', 'localhost', 'ssl-ca=/nowhere.pem', '/nowhere.pem cannot be read'],
  ] as const)('a certificate for the %s, %s?%s: %s', async (of, host, parameters, result) => {
    const given = parameters.replace('CA', files.authority).replace('OTHER', files.other)
    expect(await connect(of, host, given)).toContain(result)
  })

  it('a server without it gets no password', async () => {
    await using server = await startFakeMysql({ columns })
    const address = `mysql://ann@127.0.0.1:${server.port}/shop`
    const error = await failureOf(open(`${address}?ssl-mode=required#stores`))
    expect(error).toContain('does not offer encryption (TLS)')
    expect(server.logins).toEqual([])
    expect((await readText(`${address}?ssl-mode=preferred#stores`)).text).toBe('')
  })
})
