/** The built program behind a CONNECT proxy; details of proxies are tested in core. */
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { generate } from 'selfsigned'
import { afterAll, expect, test } from 'vitest'
import { type Env, start } from './cli.ts'
import { useEmulator } from './fixture.ts'

const HOST = 'gateway.test'
const { emulator, env: connection, folder } = await useEmulator({ keep: true })

/** Runs a separate process, since Node reads NODE_EXTRA_CA_CERTS at its start. */
const run = (args: readonly string[], env: Env) => start(args, env).result

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => void sockets.add(socket.on('error', () => {})))
  afterAll(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

function bridge(one: Socket, port: number, begin: (other: Socket) => void): void {
  const other = connect(port, '127.0.0.1', () => begin(other))
  for (const socket of [one, other]) socket.on('error', () => {})
  one.pipe(other).pipe(one)
}

test('reads through the proxy of the environment, trusts NODE_EXTRA_CA_CERTS, names the proxy', async () => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: HOST }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: HOST }] },
    ],
  })
  const extraCa = join(folder, 'authority.pem')
  await writeFile(extraCa, cert)
  const emulatorPort = Number(new URL(emulator.url).port)
  const gateway = await listen(
    createTlsServer({ cert, key }, (socket) => bridge(socket, emulatorPort, () => {})),
  )
  const tunnels: string[] = []
  const proxy = createServer()
  proxy.on('connect', ({ url = '', headers }, client: Socket) => {
    if (headers['proxy-authorization'] === undefined) {
      client.end('HTTP/1.1 407 Who are you\r\n\r\n')
      return
    }
    tunnels.push(url)
    bridge(client, gateway, () => client.write('HTTP/1.1 200 Connected\r\n\r\n'))
  })
  const port = await listen(proxy)
  const env = {
    ...connection,
    CHATLAYER_BASE_URL: `https://${HOST}`,
    NODE_EXTRA_CA_CERTS: extraCa,
  }
  const list = ['records', 'list', 'airports', '--json']

  const through = await run(list, {
    ...env,
    https_proxy: `http://me:Sw0rdf%2Fsh@127.0.0.1:${port}`,
  })
  expect(through).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(through.stdout)).toHaveLength(4)
  expect(new Set(tunnels)).toEqual(new Set([`${HOST}:443`]))

  const refused = await run(list, { ...env, HTTPS_PROXY: `127.0.0.1:${port}` })
  expect(refused.stderr).toContain(`the proxy http://127.0.0.1:${port} requires other credentials`)
  expect(refused.code).toBe(5)

  const wrong = await run(list, { ...env, HTTPS_PROXY: 'http://me:Sw0rdf%ssh@proxy' })
  expect(wrong.stderr).toContain('HTTPS_PROXY is not a valid proxy URL')
  expect(`${wrong.stderr}${refused.stderr}`).not.toMatch(/Sw0rd|\bme\b/)
  expect(wrong.code).toBe(2)
})
