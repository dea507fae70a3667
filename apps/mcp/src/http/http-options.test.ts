import { describe, expect, it } from 'vitest'
import { HttpOptionsError, splitHttpOptions } from './http-options.ts'

const http = (...args: string[]) => splitHttpOptions(args).http

describe('splitHttpOptions', () => {
  it('does not change a command line without --http', () => {
    const args = ['--read-only', '--log-level', 'debug']
    expect(splitHttpOptions(args)).toEqual({ http: undefined, rest: args })
  })

  it('removes its own options, and keeps the others in order', () => {
    const { http: settings, rest } = splitHttpOptions([
      ...['--allow-live', '--http', 'localhost:9000', '--tokens', 't.json', '--log-level', 'warn'],
      ...['--rate-limit=10', '--max-body', '2000', '--request-timeout', '3'],
    ])
    expect(rest).toEqual(['--allow-live', '--log-level', 'warn'])
    expect(settings).toMatchObject({
      address: { host: 'localhost', port: 9000 },
      tokenFile: 't.json',
      ratePerMinute: 10,
      maxBodyBytes: 2000,
      requestTimeoutMs: 3000,
      oauth: undefined,
    })
  })

  it.each([
    [[], { host: '127.0.0.1', port: 8808 }],
    [['--read-only'], { host: '127.0.0.1', port: 8808 }],
    [['9000'], { host: '127.0.0.1', port: 9000 }],
    [['[::1]:9000'], { host: '::1', port: 9000 }],
    [['10.1.2.3'], { host: '10.1.2.3', port: 8808 }],
    [['127.0.0.1:0'], { host: '127.0.0.1', port: 0 }],
  ])('reads --http %j', (more, address) => {
    expect(http('--http', ...more)?.address).toEqual(address)
  })

  it('accepts loopback names, its own address, and configured host names', () => {
    expect(http('--http')?.hosts).toEqual(['localhost', '127.0.0.1', '[::1]', '127.0.0.1'])
    const settings = http(
      ...['--http', '0.0.0.0:80', '--public-url', 'https://t.example.com/mcp'],
      ...['--allow-host', 'inside,inside.local', '--allow-origin', 'https://app.example.com:8443'],
    )
    expect(settings?.hosts).toEqual([
      ...['localhost', '127.0.0.1', '[::1]'],
      ...['inside', 'inside.local', 't.example.com'],
    ])
    expect(settings?.origins).toEqual(['app.example.com', 't.example.com'])
  })

  it('accepts an issuer, with the public URL as default audience', () => {
    const args = ['--http', '--public-url', 'https://t.test', '--oauth-issuer', 'https://i.test']
    expect(http(...args)?.oauth).toEqual({ issuer: 'https://i.test', audience: 'https://t.test' })
    expect(http(...args, '--oauth-audience', 'tables')?.oauth?.audience).toBe('tables')
  })

  it.each([
    [['--tokens', 's3cret']],
    [['--http', 's3cret/mcp']],
    [['--http', 's3cret:99999']],
    [['--http', '0.0.0.0']],
    [['--http', '--rate-limit', 's3cret']],
    [['--http', '--max-body', '0']],
    [['--http', '--request-timeout', '1.5']],
    [['--http', '--tokens']],
    [['--http', '--public-url', 's3cret']],
    [['--http', '--public-url', 'http://s3cret.example.com']],
    [['--http', '--oauth-issuer', 'https://s3cret.test']],
    [['--http', '--oauth-issuer', 'http://s3cret.test', '--public-url', 'https://t.test']],
  ])('rejects %j without quoting it', (args) => {
    expect(() => splitHttpOptions(args)).toThrow(HttpOptionsError)
    expect(() => splitHttpOptions(args)).not.toThrow('s3cret')
  })
})
