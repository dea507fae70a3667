import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Emulator } from '@chatlayer-tables/emulator'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest'
import {
  type ClientOptions,
  type Generation,
  type McpClient,
  openClient,
  type Respond,
  type ToolResult,
  type Wire,
} from './clients.ts'
import { environmentOf, startFixture } from './fixture.ts'

/** The fixtures of a test; the emulator is reset before each test. */
export interface Suite {
  readonly generation: Generation
  readonly wire: Wire
  readonly client: McpClient
  readonly emulator: Emulator
  /** Starts another server with these flags, and connects a client. */
  open(...flags: string[]): Promise<McpClient>
  /**
   * The same, with a client that can ask its user. An older client uses stdio then, because over HTTP the
   * server has no stream for questions.
   */
  openAsking(respond: Respond, ...flags: string[]): Promise<McpClient>
}

/**
 * Runs tests with each generation of clients on each transport. After each test, checks that no server
 * has sent the token.
 */
export function describeTools(name: string, body: (suite: Suite) => void): void {
  describe.each<[Generation, Wire]>([
    ['v1', 'stdio'],
    ['v2', 'stdio'],
    ['v1', 'http'],
    ['v2', 'http'],
  ])(`${name}, for a %s client over %s`, (generation, wire) => {
    const clients: McpClient[] = []
    let emulator: Emulator

    /** The state folder of the servers. */
    let state: string

    async function start(flags: string[], options: ClientOptions): Promise<McpClient> {
      const env = { ...environmentOf(emulator), XDG_STATE_HOME: state }
      const client = await openClient(generation, env, flags, options)
      clients.push(client)
      return client
    }

    const open = (...flags: string[]): Promise<McpClient> => start(flags, { wire })

    beforeAll(async () => {
      emulator = await startFixture()
      state = await mkdtemp(join(tmpdir(), 'mcp-state-'))
      await open()
    })

    beforeEach(() => emulator.reset())

    afterEach(() => {
      const [, password] = emulator.token.split(':')
      for (const { heard } of clients) expect(heard()).not.toContain(password)
    })

    afterAll(async () => {
      await Promise.all(clients.map((client) => client.close()))
      await emulator.close()
      await rm(state, { recursive: true })
    })

    body({
      generation,
      wire,
      open,
      openAsking: (respond, ...flags) =>
        start(flags, { respond, wire: generation === 'v1' ? 'stdio' : wire }),
      get client() {
        return clients[0]!
      },
      get emulator() {
        return emulator
      },
    })
  })
}

export function rowsOf({ data }: ToolResult): unknown[][] {
  return data.rows as unknown[][]
}

/** The confirm_token of a dry run of this call. */
export async function tokenFor(
  client: McpClient,
  tool: string,
  args: Record<string, unknown>,
): Promise<unknown> {
  const { data, text } = await client.call(tool, { ...args, dry_run: true })
  if (typeof data.confirm_token !== 'string') throw new Error(text)
  return data.confirm_token
}
