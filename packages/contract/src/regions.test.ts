import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BaseUrlError, isLoopback, parseBaseUrl, REGION_NAMES, regionGateway } from './regions.ts'

describe('regionGateway', () => {
  it.each([
    ['eu', 'https://gateway.prod.europe-west1.gc.chatlayer.ai'],
    ['us', 'https://gateway.prod.us-east4.gcp.chatlayer.ai'],
    ['sa', 'https://gateway.prod.sa-east1.gcp.chatlayer.ai'],
    ['asia', 'https://gateway.prod.asia-south1.gcp.chatlayer.ai'],
  ] as const)('%s', (region, origin) => {
    expect(regionGateway(region)).toEqual({ origin, prefix: '/api/v1' })
  })

  it('knows four regions', () => {
    expect(REGION_NAMES).toEqual(['eu', 'us', 'sa', 'asia'])
  })
})

describe('parseBaseUrl', () => {
  it.each([
    'https://gateway.prod.asia-south1.gcp.chatlayer.ai',
    'https://gateway.prod.asia-south1.gcp.chatlayer.ai/',
    'https://gateway.prod.asia-south1.gcp.chatlayer.ai/api/v1',
    'https://gateway.prod.asia-south1.gcp.chatlayer.ai/api/v1/',
    'https://gateway.prod.asia-south1.gcp.chatlayer.ai/api/v1//',
    '  https://gateway.prod.asia-south1.gcp.chatlayer.ai/api/v1\n',
    'https://GATEWAY.prod.asia-south1.gcp.chatlayer.ai:443',
  ])('reads %j as the gateway of Asia', (text) => {
    expect(parseBaseUrl(text)).toEqual(regionGateway('asia'))
  })

  it.each([
    ['https://proxy.example/chatlayer', '/chatlayer/api/v1'],
    ['https://proxy.example/chatlayer/api/v1/', '/chatlayer/api/v1'],
    ['https://proxy.example/api/v1/chatlayer', '/api/v1/chatlayer/api/v1'],
    ['https://proxy.example/my-api/v1', '/my-api/v1/api/v1'],
  ])('keeps the path before the prefix: %s', (text, prefix) => {
    expect(parseBaseUrl(text)).toEqual({ origin: 'https://proxy.example', prefix })
  })

  it('reads what it wrote', () => {
    for (const region of REGION_NAMES) {
      const gateway = regionGateway(region)
      expect(parseBaseUrl(gateway.origin + gateway.prefix)).toEqual(gateway)
    }
  })

  it.each([
    'http://localhost:8080',
    'http://127.0.0.1:8080/api/v1',
    'http://127.8.8.8:8080',
    'http://[::1]:8080',
    'http://gateway.localhost:8080',
  ])('takes plain http on this machine: %s', (text) => {
    expect(parseBaseUrl(text).origin).toMatch(/^http:/)
  })

  it.each([
    'http://gateway.prod.us-east4.gcp.chatlayer.ai',
    'http://10.0.0.1',
    'http://0.0.0.0',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'http://notlocalhost',
    'ftp://localhost',
    'localhost:8080',
  ])('rejects what is neither https nor on this machine: %s', (text) => {
    expect(() => parseBaseUrl(text)).toThrow(BaseUrlError)
    expect(() => parseBaseUrl(text)).toThrow('must be https')
  })

  it.each(['', 'gateway', '//gateway', 'https://', '/api/v1'])('rejects %j: no URL', (text) => {
    expect(() => parseBaseUrl(text)).toThrow('not a URL')
  })

  it.each(['https://gateway.example?version=DRAFT', 'https://gateway.example/#tables'])(
    'rejects a query or a fragment: %s',
    (text) => {
      expect(() => parseBaseUrl(text)).toThrow('query or a fragment')
    },
  )

  it.each([
    'https://5f3c-user:hunter2secret@gateway.example/api/v1',
    'https://5f3c-user@gateway.example',
    'http://5f3c-user:hunter2secret@localhost',
    'https://gateway.example/?token=5f3c-user:hunter2secret',
    'a5f3c-user:hunter2secret',
    'https://5f3c-user:hunter2secret@gateway.example:99999',
  ])('never repeats credentials: %s', (text) => {
    expect.assertions(3)
    try {
      parseBaseUrl(text)
    } catch (error) {
      expect(error).toBeInstanceOf(BaseUrlError)
      expect(String(error)).not.toMatch(/5f3c-user/i)
      expect(String(error)).not.toContain('hunter2secret')
    }
  })

  it('gives an origin and a prefix that ends in the API’s, or throws its own error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl(), fc.string()), (text) => {
        let gateway: ReturnType<typeof parseBaseUrl>
        try {
          gateway = parseBaseUrl(text)
        } catch (error) {
          expect(error).toBeInstanceOf(BaseUrlError)
          return
        }
        expect(new URL(gateway.origin).origin).toBe(gateway.origin)
        expect(gateway.prefix).toMatch(/\/api\/v1$/)
      }),
    )
  })
})

describe('isLoopback', () => {
  it.each(['localhost', 'a.localhost', '127.0.0.1', '127.255.255.254', '[::1]'])('%s', (host) => {
    expect(isLoopback(host)).toBe(true)
  })

  it.each(['example.com', '128.0.0.1', '127.0.0.1.example.com', 'localhost.com', '[::2]'])(
    'not %s',
    (host) => {
      expect(isLoopback(host)).toBe(false)
    },
  )
})
