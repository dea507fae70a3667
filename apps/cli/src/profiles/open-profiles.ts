import { configFolder, homeFolder } from '@chatlayer-tables/local'
import { Connections } from '../connections/connections.ts'
import type { Context } from '../context.ts'
import { type Keychain, systemKeychain } from './keychain.ts'
import { Profiles } from './profiles.ts'
import { TokenStore } from './token-store.ts'

/** Longer with a terminal, where the user may have to unlock the keychain first. */
const TIMEOUT_MS = { withTerminal: 30_000, without: 10_000 }

/**
 * The profiles of the current user.
 *
 * @param keychainTimeoutMs default: by whether there is a terminal
 */
export function openProfiles(context: Pick<Context, 'io'>, keychainTimeoutMs?: number): Profiles {
  const { folder, keychain } = configuration(context, keychainTimeoutMs)
  return new Profiles(folder, new TokenStore(folder, keychain))
}

/** The saved connections of the current user to databases and HTTP APIs. */
export function openConnections(context: Pick<Context, 'io'>): Connections {
  const { folder, keychain } = configuration(context)
  return new Connections(folder, keychain)
}

function configuration(
  { io }: Pick<Context, 'io'>,
  keychainTimeoutMs?: number,
): { folder: string; keychain: Keychain } {
  const { platform } = process
  const { env } = io
  const folder = configFolder({ platform, env, home: homeFolder() })
  const usual = io.stdin.isTTY === true ? TIMEOUT_MS.withTerminal : TIMEOUT_MS.without
  const timeoutMs = keychainTimeoutMs ?? usual
  const keychain = io.keychain ?? systemKeychain({ platform, env, timeoutMs })
  return { folder, keychain }
}
