/**
 * A process that keeps one mirror fresh, for tests that run several or end one in the middle:
 * `node reader.ts FOLDER URL TOKEN TEAM BOT HOW TIMES`. Prints every state on a line of its own.
 */
import { createClient } from '@chatlayer-tables/core'
import { openMirrors } from '../src/index.ts'

const [folder = '', baseUrl, token, teamId, botId, how, times] = process.argv.slice(2)
await using client = createClient({
  baseUrl,
  token: token ?? '',
  teamId: teamId ?? '',
  botId: botId ?? '',
})
using mirrors = openMirrors({ folder })
const print = (what: string | number): void => {
  process.stdout.write(`${what}\n`)
}
for (let round = 0; round < Number(times); round += 1) {
  const options = { onRecords: (records: number) => print(records) }
  if (how === 'pull') await mirrors.pull(client, 'stores', options)
  else await mirrors.refresh(client, 'stores')
  print('done')
}
