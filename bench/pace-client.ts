/**
 * One process that writes as fast as it may: for bench/pace-shared.ts. Its only argument is a
 * {@link PaceClientSetting} as JSON. Prints `ready`, begins when a line is written to its standard
 * input, and ends when that ends. Meanwhile it prints a {@link PaceCount} as JSON ten times a second.
 */
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { createClient } from '@chatlayer-tables/core'
import { openState } from '@chatlayer-tables/state'
import { airport } from './airport.ts'

export interface PaceClientSetting {
  readonly origin: string
  readonly token: string
  readonly teamId: string
  readonly botId: string
  /** The database where processes share what they learn; each is alone without it. */
  readonly address?: string | undefined
}

/** What a process did so far. */
export interface PaceCount {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly accepted: number
  readonly refused: number
  readonly sent: number
}

const EVERY_MS = 100

const { origin, address, ...identity }: PaceClientSetting = JSON.parse(process.argv[2] ?? '')
const { token } = identity
await using state = await openState({
  address,
  env: process.env,
  folder: tmpdir(),
  program: 'bench',
})
const paceSharing = state.pace({ origin, token })
await using client = createClient({ baseUrl: origin, ...identity, paceSharing })
let isEnded = false
let begin = () => {}
const begun = new Promise<void>((resolve) => {
  begin = resolve
})
createInterface(process.stdin)
  .once('line', begin)
  .once('close', () => {
    isEnded = true
    begin()
  })
process.stdout.write('ready\n')
await begun

// The bench was interrupted.
process.stdout.on('error', () => {
  isEnded = true
})
const timer = setInterval(count, EVERY_MS)
for await (const outcome of client.table('x').insertMany(rows())) {
  if (outcome.status !== 'ok') throw outcome.error
}
clearInterval(timer)
count()

async function* rows() {
  for (let n = 0; !isEnded; n++) yield airport(n)
}

function count(): void {
  const { succeeded: accepted, throttled: refused, sent } = client.stats()
  process.stdout.write(`${JSON.stringify({ at: Date.now(), accepted, refused, sent })}\n`)
}
