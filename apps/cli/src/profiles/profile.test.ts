import { describe, expect, it } from 'vitest'
import { UsageError } from '../failures.ts'
import { formatProfile, type Profile, parseProfile, profileName } from './profile.ts'

const FILE = '/home/ada/.config/chatlayer-tables/profiles/prod.json'

const profile: Profile = {
  region: 'eu',
  teamId: 'team',
  botId: 'bot',
  version: 'LIVE',
  token: 'keychain',
  dialect: { listEncoding: 'json', maxSelectLimit: 500 },
}

function failureOf(content: string): UsageError {
  try {
    parseProfile(content, FILE, 'prod')
  } catch (error) {
    if (error instanceof UsageError) return error
  }
  throw new Error(`not rejected: ${content}`)
}

describe('a profile', () => {
  it('is read as it was written, without defaults added to its dialect', () => {
    expect(parseProfile(formatProfile(profile), FILE, 'prod')).toEqual(profile)
    const { region: _, dialect: __, version: ___, ...rest } = profile
    const other = { ...rest, baseUrl: 'http://127.0.0.1:8686' }
    expect(parseProfile(formatProfile(other), FILE, 'prod')).toEqual(other)
  })

  it.each([
    ['{"format":', 'is not valid JSON at its end'],
    ['{\n  "format": 1\n  "region": "eu"\n}', 'is not valid JSON at line 3, column 3'],
    ['[]', 'is invalid at its top'],
    [JSON.stringify({ format: 2, ...profile }), 'is invalid at format'],
    [JSON.stringify({ format: 1, ...profile, region: 'moon' }), 'is invalid at region'],
    [JSON.stringify({ format: 1, ...profile, teamId: ' ' }), 'is invalid at teamId'],
    [JSON.stringify({ format: 1, ...profile, version: 'live' }), 'is invalid at version'],
    [JSON.stringify({ format: 1, ...profile, baseUrl: 'https://x.example' }), 'either a region'],
    [JSON.stringify({ format: 1, ...profile, region: undefined }), 'either a region'],
    [
      JSON.stringify({ format: 1, ...profile, region: undefined, baseUrl: 'http://x.example' }),
      'is invalid at baseUrl: the base URL must be https',
    ],
    [JSON.stringify({ format: 1, ...profile, team: 'x' }), 'Unrecognized key: "team"'],
    [
      JSON.stringify({ format: 1, ...profile, dialect: { listEncoding: 'odd' } }),
      'is invalid at dialect.listEncoding',
    ],
    [JSON.stringify({ format: 1, ...profile, dialect: { nothing: 1 } }), 'is invalid at dialect'],
  ])('is rejected with file, place and hint: %s', (content, expected) => {
    const { message, hint } = failureOf(content)
    expect(message).toContain(FILE)
    expect(message).toContain(expected)
    expect(hint).toContain('clt auth login --profile prod')
  })

  it('is rejected without repeating a token in it', () => {
    for (const content of [
      JSON.stringify({ format: 1, ...profile, token: 'user:s3cret' }),
      JSON.stringify({ format: 1, ...profile, region: 'user:s3cret' }),
      JSON.stringify({ format: 1, ...profile, region: undefined, baseUrl: 'user:s3cret' }),
      'user:s3cret',
      '{"token": user:s3cret}',
    ]) {
      expect(failureOf(content).message).not.toContain('s3cret')
    }
  })
})

describe('the name of a profile', () => {
  it('is converted to lower case', () => {
    expect(profileName(' Prod-2 ')).toBe('prod-2')
    expect(profileName('a_b')).toBe('a_b')
  })

  it.each([
    '',
    '-a',
    '../prod',
    'a/b',
    'a\\b',
    'a:b',
    'a@b',
    '.',
    'ä',
    'con',
    'LPT1',
    'x'.repeat(64),
  ])('cannot be "%s"', (name) => {
    expect(() => profileName(name)).toThrow(UsageError)
  })
})
