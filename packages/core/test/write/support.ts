import type { Emulator } from '@chatlayer-tables/emulator'
import { type Client, type ClientOptions, createClient, type Outcome } from '../../src/index.ts'

export function connect(emulator: Emulator, options: Partial<ClientOptions> = {}): Client {
  const { url: baseUrl, token, teamId, botId } = emulator
  return createClient({ baseUrl, token, teamId, botId, ...options })
}

/** The outcomes in the order of the input. */
export async function collect<Row>(write: AsyncIterable<Outcome<Row>>): Promise<Outcome<Row>[]> {
  const outcomes: Outcome<Row>[] = []
  for await (const outcome of write) outcomes.push(outcome)
  return outcomes.toSorted((a, b) => a.index - b.index)
}
