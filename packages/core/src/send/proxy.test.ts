import fc from 'fast-check'
import { type Dispatcher, EnvHttpProxyAgent } from 'undici'
import { describe, expect, test } from 'vitest'
import { ConfigurationError } from '../errors.ts'
import { proxyFor, proxyRoute } from './proxy.ts'

const EU = 'https://gateway.prod.europe-west1.gc.chatlayer.ai/api/v1'

describe('the proxy of a base URL', () => {
  test.each([
    [{}, undefined],
    [{ HTTPS_PROXY: 'http://p:3128' }, { url: 'http://p:3128', variable: 'HTTPS_PROXY' }],
    [{ https_proxy: 'p.test:3128' }, { url: 'http://p.test:3128', variable: 'https_proxy' }],
    [{ HTTPS_PROXY: 'https://p' }, { url: 'https://p', variable: 'HTTPS_PROXY' }],
    [{ HTTP_PROXY: 'http://p' }, { url: 'http://p', variable: 'HTTP_PROXY' }],
    [
      { HTTPS_PROXY: 'http://upper', https_proxy: 'http://lower' },
      { url: 'http://lower', variable: 'https_proxy' },
    ],
    [{ HTTPS_PROXY: 'http://upper', https_proxy: '' }, undefined],
    [{ HTTPS_PROXY: ' http://p ' }, { url: 'http://p', variable: 'HTTPS_PROXY' }],
    [{ HTTPS_PROXY: 'http://p', NO_PROXY: '*' }, undefined],
    [{ HTTPS_PROXY: 'http://p', NO_PROXY: 'x, .chatlayer.ai' }, undefined],
    [{ HTTPS_PROXY: 'http://p', no_proxy: 'CHATLAYER.ai:443' }, undefined],
    [
      { HTTPS_PROXY: 'http://p', no_proxy: 'chatlayer.ai:444' },
      { url: 'http://p', variable: 'HTTPS_PROXY' },
    ],
  ])('by %o is %o', (environment, expected) => {
    expect(proxyFor(EU, environment)).toEqual(expected)
  })

  test('is shown without its credentials', () => {
    const environment = { HTTPS_PROXY: 'http://us%40er:p%3Ass@p.test:3128' }
    expect(proxyFor(EU, environment)).toEqual({
      url: 'http://p.test:3128',
      variable: 'HTTPS_PROXY',
    })
    expect(proxyRoute(new URL(EU).origin, environment)?.credentials).toBe('us@er:p:ss')
  })

  test('on another machine is used for no gateway on this one', () => {
    for (const gateway of ['http://127.0.0.1:4010', 'http://[::1]:4010', 'https://localhost']) {
      const proxies = (url: string) => ({ HTTP_PROXY: url, HTTPS_PROXY: url })
      expect(proxyFor(gateway, proxies('http://p.test:3128'))).toBeUndefined()
      expect(proxyFor(gateway, proxies('http://127.0.0.1:3128'))).toBeDefined()
    }
  })

  test.each(['http://', 'http://a b', 'http://u:%zz@p', 'socks5://secret@p:1', 'http://p:999999'])(
    '%s is refused without being repeated',
    (value) => {
      const read = () => proxyFor(EU, { HTTPS_PROXY: value })
      expect(read).toThrow(ConfigurationError)
      expect(read).toThrow(
        /^HTTPS_PROXY (is not a valid proxy URL|must name an http or https proxy)$/,
      )
      expect(proxyFor(EU, { HTTPS_PROXY: value, NO_PROXY: '.ai' })).toBeUndefined()
    },
  )
})

/** What undici's environment agent would do, found by asking it for its connections. */
function choiceOfUndici(origin: string, environment: Record<string, string>): string {
  let chosen = 'none'
  const factory = (to: string | URL, options: { connect?: unknown }): Dispatcher => {
    const isProxied = typeof options.connect === 'function'
    chosen = isProxied ? 'proxy' : `direct to ${String(to)}`
    throw new Error('asked enough')
  }
  const { http_proxy: httpProxy, https_proxy: httpsProxy, no_proxy: noProxy = '' } = environment
  const agent = new EnvHttpProxyAgent({
    httpProxy: httpProxy ?? '',
    httpsProxy: httpsProxy ?? '',
    noProxy,
    factory,
  })
  agent.dispatch({ origin, path: '/', method: 'GET' }, { onResponseError: () => {} })
  return chosen === 'proxy' ? 'proxy' : 'direct'
}

test('NO_PROXY means what it means to undici’s environment agent', () => {
  const host = fc.constantFrom(
    'a.test',
    'b.a.test',
    'ba.test',
    'A.test.',
    '10.0.0.1',
    '[2001:db8::1]',
    '[2001:db8::2]',
  )
  const port = fc.constantFrom('', ':443', ':8443', ':0')
  const prefix = fc.constantFrom('', '', '.', '*.', '*')
  const entry = fc.oneof(
    fc.tuple(prefix, host, port).map((parts) => parts.join('')),
    host.map((name) => name.replace(/[[\]]/g, '')),
    fc.constantFrom('*', '*:443', '', '.', 'test', '*.test', '::', 'a.test:x'),
  )
  const separator = fc.constantFrom(',', ' ', ' , ', '\t')
  fc.assert(
    fc.property(host, port, fc.array(entry, { maxLength: 3 }), separator, (name, at, list, by) => {
      const origin = new URL(`https://${name}${at}`).origin
      const environment = { https_proxy: 'http://proxy.test:3128', no_proxy: list.join(by) }
      const ours = proxyRoute(origin, environment) === undefined ? 'direct' : 'proxy'
      expect(ours).toBe(choiceOfUndici(origin, environment))
    }),
    { numRuns: 2000 },
  )
})
