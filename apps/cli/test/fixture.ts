/** The fixture of tests of commands: an emulator, a folder, and the environment that names both. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Emulator, type EmulatorOptions, startEmulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeEach } from 'vitest'
import { AIRPORT_COLUMNS, connectionTo, type Env, SOME_AIRPORTS } from './cli.ts'

export const AIRPORTS = { name: 'airports', columns: AIRPORT_COLUMNS, records: SOME_AIRPORTS }
export const NO_AIRPORTS = { ...AIRPORTS, records: [] }

interface FixtureOptions extends EmulatorOptions {
  /** Whether records and files are kept from one test to the next (default: no). */
  readonly keep?: boolean
}

interface Fixture {
  readonly emulator: Emulator
  /** Empty before each test. For files of the tests; `state` is the state folder of the program. */
  readonly folder: string
  /** The connection to the emulator, and the state folder. */
  readonly env: Env
}

/**
 * Call once at the top of a test file, before other hooks. Before each test the emulator is reset to its
 * initial records; after the last test everything is removed.
 *
 * @param options of the emulator; it has the table {@link AIRPORTS} unless `tables` names others
 */
export async function useEmulator({
  keep = false,
  ...options
}: FixtureOptions = {}): Promise<Fixture> {
  const emulator = await startEmulator({ tables: [AIRPORTS], ...options })
  const folder = await mkdtemp(join(tmpdir(), 'clt-test-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  if (!keep) {
    beforeEach(async () => {
      emulator.reset()
      await remove()
      await mkdir(folder, { mode: 0o700 })
    })
  }
  afterAll(async () => {
    await emulator.close()
    await remove()
  })
  return {
    emulator,
    folder,
    env: { ...connectionTo(emulator), XDG_STATE_HOME: join(folder, 'state') },
  }
}
