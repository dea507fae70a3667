/** An emulator, a client and mirrors in a folder of their own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, createClient, type DialectInput } from '@chatlayer-tables/core'
import { type Emulator, type EmulatorOptions, startEmulator } from '@chatlayer-tables/emulator'
import { type Mirrors, type MirrorsOptions, openMirrors, type QueryOptions } from '../src/index.ts'

export interface Setting extends AsyncDisposable {
  readonly emulator: Emulator
  readonly client: Client
  readonly mirrors: Mirrors
  readonly folder: string
  /** Asks DRAFT; there are no profiles. */
  readonly ask: QueryOptions
}

/** @param dialect what the client knows of the gateway from the beginning */
export async function setUp(
  options: EmulatorOptions,
  { maxMemory, visible }: Partial<MirrorsOptions> = {},
  dialect?: DialectInput,
): Promise<Setting> {
  const emulator = await startEmulator(options)
  const client = connect(emulator, dialect)
  const folder = mkdtempSync(join(tmpdir(), 'mirror-test-'))
  const mirrors = openMirrors({ folder, maxMemory, visible })
  const ask: QueryOptions = {
    connect: (profile) => (profile === undefined ? { client, version: 'DRAFT' } : undefined),
  }
  return {
    emulator,
    client,
    mirrors,
    folder,
    ask,
    async [Symbol.asyncDispose]() {
      mirrors.close()
      await client.close()
      await emulator.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export function connect(emulator: Emulator, dialect?: DialectInput): Client {
  const { url, token, teamId, botId } = emulator
  return createClient({ baseUrl: url, token, teamId, botId, dialect })
}
