/** Creates clients from options and from the environment. Creating a client sends nothing. */
import assert from 'node:assert/strict'
import { ConfigurationError, clientFromEnvironment, createClient } from '@chatlayer-tables/core'

// Normally a shell or a secret store sets these variables.
Object.assign(process.env, {
  CHATLAYER_TOKEN: 'username:password',
  CHATLAYER_REGION: 'eu',
  CHATLAYER_TEAM_ID: 'my-team',
  CHATLAYER_BOT_ID: 'my-bot',
})

const client = createClient({
  token: process.env.CHATLAYER_TOKEN ?? '',
  region: 'eu',
  teamId: 'my-team',
  botId: 'my-bot',
})
console.log(client.connection)
await client.close()

const live = clientFromEnvironment(process.env, { version: 'LIVE' })
console.log(`reads and writes go to ${live.connection.version}`)
await live.close()

assert.equal(client.connection.origin, live.connection.origin)
assert.doesNotMatch(JSON.stringify(client.connection), /password/)
assert.throws(() => clientFromEnvironment({ CHATLAYER_REGION: 'eu' }), ConfigurationError)
