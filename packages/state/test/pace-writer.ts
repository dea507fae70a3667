/**
 * A process that inserts as fast as it may, for tests of shared paces. It prints what it has reached as
 * JSON, again and again, and ends with its standard input.
 *
 * Arguments: the address of the database, and origin, team and bot of the gateway; the token is in TOKEN.
 */
import { tmpdir } from 'node:os'
import { createClient } from '@chatlayer-tables/core'
import { openState } from '../src/open-state.ts'

const [address = '', origin = '', teamId = '', botId = ''] = process.argv.slice(2)
const token = process.env.TOKEN ?? ''
await using state = await openState({
  address,
  // Closing must not wait for a database that is gone.
  env: { CHATLAYER_STATE_WAIT: '0' },
  folder: tmpdir(),
  program: 'test',
})
const paceSharing = state.pace({ origin, token })
await using client = createClient({ baseUrl: origin, token, teamId, botId, paceSharing })
let isEnded = false
process.stdin.resume().once('end', () => {
  isEnded = true
})
const timer = setInterval(() => {
  const { succeeded, pace } = client.stats()
  process.stdout.write(`${JSON.stringify({ succeeded, pace })}\n`)
}, 50)
for await (const outcome of client.table('rows').insertMany(rows())) {
  if (outcome.status !== 'ok') throw outcome.error
}
clearInterval(timer)

async function* rows() {
  for (let n = 0; !isEnded; n++) yield { n }
}
