import { describe, expect, it } from 'vitest'
import { defaultTokenFile } from './token-file.ts'
import { findToken, isOwnToken, issueToken } from './tokens.ts'

const NOW = new Date('2026-11-22T12:00:00Z')

describe('a token', () => {
  it('is found only by its full text, and stored as a digest', () => {
    const one = issueToken('one', ['read'], NOW, undefined)
    const other = issueToken('other', ['read'], NOW, undefined)
    const kept = [one.stored, other.stored]
    expect(findToken(kept, other.token, NOW)).toBe(other.stored)
    expect(findToken(kept, `${one.token}x`, NOW)).toBeUndefined()
    expect(findToken(kept, one.stored.sha256, NOW)).toBeUndefined()
    expect(findToken(kept, '', NOW)).toBeUndefined()
    expect(JSON.stringify(kept)).not.toContain(one.token)
    expect(one.token).not.toBe(other.token)
    expect(isOwnToken(one.token)).toBe(true)
    expect(isOwnToken('eyJhbGciOi')).toBe(false)
  })

  it('expires', () => {
    const end = new Date(NOW.getTime() + 1000)
    const { token, stored } = issueToken('x', ['read'], NOW, end)
    expect(findToken([stored], token, NOW)).toBe(stored)
    expect(findToken([stored], token, end)).toBeUndefined()
  })
})

describe('the default token file', () => {
  it.each([
    ['linux', {}, '/home/ann', '/home/ann/.config/chatlayer-tables/mcp-tokens.json'],
    ['linux', { XDG_CONFIG_HOME: '/cfg' }, '/home/ann', '/cfg/chatlayer-tables/mcp-tokens.json'],
    [
      'darwin',
      {},
      '/Users/ann',
      '/Users/ann/Library/Application Support/chatlayer-tables/mcp-tokens.json',
    ],
  ] as const)('%s %j', (platform, env, home, file) => {
    expect(defaultTokenFile(env, platform, home)).toBe(file)
  })
})
