import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { SideError } from '../src/side-error.ts'
import { type HttpApi, startHttpApi } from './http-api.ts'
import { type PrivateTls, startPrivateTls, startProxy, type TestProxy } from './http-proxy.ts'
import { readApi } from './http-reading.ts'

const run = promisify(execFile)

let api: HttpApi
let tls: PrivateTls
let proxy: TestProxy
let folder: string

beforeAll(async () => {
  api = await startHttpApi(['{"id":1}'])
  const plain = Number(new URL(api.origin).port)
  tls = await startPrivateTls('shop.example', plain)
  proxy = await startProxy({ tls: tls.port, plain })
  folder = await mkdtemp(join(tmpdir(), 'http-proxy-'))
  await writeFile(join(folder, 'ca.pem'), tls.authority)
})
afterAll(async () => {
  for (const each of [proxy, tls, api]) await each[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})
beforeEach(() => {
  proxy.refusal = undefined
  proxy.asked.length = 0
  proxy.authorizations.length = 0
})

const proxyUrl = () => `http://user:p%40ss@127.0.0.1:${proxy.port}`
const PROXY_SECRET = Buffer.from('user:p@ss').toString('base64')

async function readInProcess(env: Record<string, string>) {
  const { stdout } = await run(
    process.execPath,
    [fileURLToPath(new URL('./read-https.ts', import.meta.url)), 'https://shop.example/products'],
    { env: { PATH: process.env.PATH, ...env } },
  )
  return JSON.parse(stdout)
}

it('reads https through a tunnel of the proxy, and trusts a private authority', async () => {
  const env = { HTTPS_PROXY: proxyUrl(), NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') }
  expect(await readInProcess(env)).toEqual({ text: '{"id":1}\n' })
  expect(proxy.asked).toEqual(['shop.example:443'])
  expect(proxy.authorizations).toEqual([`Basic ${PROXY_SECRET}`])
})

it('trusts no other authority', async () => {
  const { message, hint } = await readInProcess({ HTTPS_PROXY: proxyUrl() })
  expect(message).toContain('the connection cannot be trusted')
  expect(message).not.toContain('p%40ss')
  expect(hint).toContain('NODE_EXTRA_CA_CERTS')
})

it('sends plain http to the proxy, where that is allowed', async () => {
  const env = { http_proxy: proxyUrl() }
  const { text } = await readApi('http://shop.example/products', { allowHttp: true }, { env })
  expect(text).toBe('{"id":1}\n')
  expect(proxy.asked).toEqual(['http://shop.example/products'])
})

it('reaches loopback, and hosts of NO_PROXY, without a proxy elsewhere', async () => {
  const env = { HTTP_PROXY: 'http://proxy.example:3128', HTTPS_PROXY: 'http://proxy.example:3128' }
  expect((await readApi(api.url, {}, { env })).text).toBe('{"id":1}\n')
  const local = { HTTP_PROXY: proxyUrl(), NO_PROXY: '127.0.0.1' }
  expect((await readApi(api.url, {}, { env: local })).text).toBe('{"id":1}\n')
  expect(proxy.asked).toEqual([])
})

it.each([
  ['https://shop.example/products', 407],
  ['https://shop.example/products', 403],
  ['http://shop.example/products', 407],
])('names a proxy that refuses: %s %i', async (address, status) => {
  proxy.refusal = status
  const env = { HTTPS_PROXY: proxyUrl(), HTTP_PROXY: proxyUrl() }
  const error: SideError = await readApi(address, { allowHttp: true }, { env }).then(
    () => expect.unreachable(),
    (thrown: SideError) => thrown,
  )
  expect(error.message).toContain(
    `the proxy http://127.0.0.1:${proxy.port} responded with ${status}`,
  )
  expect(error.hint).toMatch(/HTTPS?_PROXY/)
  expect(JSON.stringify([error.message, error.hint])).not.toMatch(/p%40ss|p@ss/)
  expect(proxy.asked).toHaveLength(1)
})

it('names a proxy that cannot be reached', async () => {
  const env = { HTTPS_PROXY: 'http://user:secret@127.0.0.1:9' }
  await expect(readApi('https://shop.example/products', {}, { env })).rejects.toThrow(
    'the connection was refused (ECONNREFUSED), through the proxy http://127.0.0.1:9 (HTTPS_PROXY)',
  )
})
