import { type Emulator, type EmulatorOptions, startEmulator } from '@chatlayer-tables/emulator'
import { type Client, type ClientOptions, createClient, type Outcome } from '../../src/index.ts'

export interface Setup extends AsyncDisposable {
  readonly emulator: Emulator
  readonly client: Client
}

/** An emulator and a client of it. */
export async function setUp(
  options: EmulatorOptions,
  clientOptions: Partial<ClientOptions> = {},
): Promise<Setup> {
  const emulator = await startEmulator(options)
  const client = connect(emulator, clientOptions)
  return {
    emulator,
    client,
    async [Symbol.asyncDispose]() {
      await emulator.close()
      await client.close()
    },
  }
}

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
