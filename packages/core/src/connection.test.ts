import { describe, expect, test } from 'vitest'
import {
  type ConnectionOptions,
  connectionFromEnvironment,
  resolveConnection,
} from './connection.ts'
import { ConfigurationError } from './errors.ts'

const TOKEN = 'me:s3cret-of-mine'
const options: ConnectionOptions = { token: TOKEN, region: 'eu', teamId: 'team', botId: 'bot' }

test('a region gives the gateway, DRAFT the version', () => {
  const { connection, authorization } = resolveConnection(options)
  expect(connection).toEqual({
    origin: 'https://gateway.prod.europe-west1.gc.chatlayer.ai',
    prefix: '/api/v1',
    teamId: 'team',
    botId: 'bot',
    version: 'DRAFT',
  })
  expect(authorization).toBe(`Basic ${Buffer.from(TOKEN).toString('base64')}`)
})

test('a base URL takes the region’s place, with or without the prefix', () => {
  for (const baseUrl of ['http://127.0.0.1:8686', 'http://127.0.0.1:8686/api/v1/']) {
    const { connection } = resolveConnection({ ...options, baseUrl, version: 'LIVE' })
    expect(connection).toMatchObject({
      origin: 'http://127.0.0.1:8686',
      prefix: '/api/v1',
      version: 'LIVE',
    })
  }
})

const WRONG: [string, Partial<Record<keyof ConnectionOptions, unknown>>, string][] = [
  ['no token', { token: undefined }, 'no access token'],
  ['an empty token', { token: ' ' }, 'no access token'],
  ['a token without a colon', { token: 's3cret' }, 'username:password'],
  ['a token over two lines', { token: 'me:s3cret\nof mine' }, 'line break'],
  ['a token that is none', { token: 7 }, 'no access token'],
  ['no team', { teamId: '' }, 'teamId is missing'],
  ['no bot', { botId: undefined }, 'botId is missing'],
  ['a team that no path can hold', { teamId: '..' }, 'teamId'],
  ['neither region nor base URL', { region: undefined }, 'no gateway'],
  ['an unknown region', { region: 'mars' }, 'no such region'],
  ['a token in the region’s place', { region: TOKEN }, 'no such region'],
  ['a token in the base URL’s place', { baseUrl: TOKEN }, 'base URL'],
  ['credentials in the base URL', { baseUrl: `https://${TOKEN}@example.com` }, 'credentials'],
  ['plain http beyond this machine', { baseUrl: 'http://example.com' }, 'https'],
  ['an unknown version', { version: 'live' }, 'DRAFT or LIVE'],
]

test.each(WRONG)('%s is rejected without showing a secret', (_, wrong, message) => {
  const resolve = (): unknown => resolveConnection({ ...options, ...wrong } as ConnectionOptions)
  expect(resolve).toThrow(ConfigurationError)
  expect(resolve).toThrow(message)
  try {
    resolve()
  } catch (error) {
    const { message: text, hint, stack } = error as ConfigurationError
    expect(`${text} ${hint} ${stack} ${JSON.stringify(error)}`).not.toContain('s3cret')
  }
})

describe('the environment', () => {
  test('gives what is set', () => {
    expect(
      connectionFromEnvironment({
        CHATLAYER_TOKEN: TOKEN,
        CHATLAYER_REGION: 'EU',
        CHATLAYER_BASE_URL: ' https://example.com ',
        CHATLAYER_TEAM_ID: 'team',
        CHATLAYER_BOT_ID: 'bot',
        CHATLAYER_TABLE_VERSION: 'live',
        CHATLAYER_PROFILE: 'other',
      }),
    ).toEqual({
      token: TOKEN,
      region: 'eu',
      baseUrl: 'https://example.com',
      teamId: 'team',
      botId: 'bot',
      version: 'LIVE',
    })
  })

  test('an empty variable is not set', () => {
    expect(connectionFromEnvironment({ CHATLAYER_TOKEN: '', CHATLAYER_REGION: ' ' })).toEqual({})
    expect(connectionFromEnvironment({})).toEqual({})
  })

  test.each(['CHATLAYER_REGION', 'CHATLAYER_TABLE_VERSION'])(
    'a %s that is none is named, its value is not shown',
    (name) => {
      expect(() => connectionFromEnvironment({ [name]: TOKEN })).toThrow(
        expect.objectContaining({
          code: 'CONFIGURATION',
          message: expect.stringMatching(new RegExp(`^${name} must be one of (?!.*s3cret)`)),
        }),
      )
    },
  )
})
