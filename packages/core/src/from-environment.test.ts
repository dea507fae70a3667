import { describe, expect, it } from 'vitest'
import { ConfigurationError } from './errors.ts'
import { clientFromEnvironment } from './from-environment.ts'

const ENV = {
  CHATLAYER_TOKEN: 'user:password',
  CHATLAYER_REGION: 'eu',
  CHATLAYER_TEAM_ID: 'team',
  CHATLAYER_BOT_ID: 'bot',
}

describe('clientFromEnvironment', () => {
  it('connects to what the environment names', async () => {
    await using client = clientFromEnvironment({ ...ENV, CHATLAYER_TABLE_VERSION: 'LIVE' })
    expect(client.connection).toMatchObject({ teamId: 'team', botId: 'bot', version: 'LIVE' })
  })

  it('takes the other options of a client, and another version', async () => {
    const env = { ...ENV, CHATLAYER_TABLE_VERSION: 'LIVE' }
    await using client = clientFromEnvironment(env, {
      version: 'DRAFT',
      dialect: { listEncoding: 'json' },
    })
    expect(client.connection.version).toBe('DRAFT')
    expect(client.dialect.listEncoding).toBe('json')
  })

  it.each([
    ['CHATLAYER_TOKEN', undefined, /CHATLAYER_TOKEN/],
    ['CHATLAYER_REGION', undefined, /region/],
    ['CHATLAYER_TEAM_ID', '', /CHATLAYER_TEAM_ID/],
    ['CHATLAYER_BOT_ID', ' ', /CHATLAYER_BOT_ID/],
    ['CHATLAYER_REGION', 'mars', /CHATLAYER_REGION/],
  ])('names %s when it is %j', (name, value, text) => {
    const attempt = () => clientFromEnvironment({ ...ENV, [name]: value })
    expect(attempt).toThrow(ConfigurationError)
    try {
      attempt()
    } catch (error) {
      expect(`${error} ${(error as ConfigurationError).hint}`).toMatch(text)
    }
  })
})
