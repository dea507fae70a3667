import { configFolder, homeFolder } from '@chatlayer-tables/local'
import type { Context } from '../context.ts'
import { systemKeychain } from './keychain.ts'
import { Profiles } from './profiles.ts'
import { TokenStore } from './token-store.ts'

/** A person may have to unlock the keychain first; a script has nobody who could. */
const PATIENCE_MS = { withTerminal: 30_000, without: 10_000 }

/**
 * The profiles of whoever runs this.
 *
 * @param patienceMs how long the keychain is waited for, where that is not usual
 */
export function openProfiles({ io }: Pick<Context, 'io'>, patienceMs?: number): Profiles {
  const { platform } = process
  const { env } = io
  const folder = configFolder({ platform, env, home: homeFolder() })
  const usual = io.stdin.isTTY === true ? PATIENCE_MS.withTerminal : PATIENCE_MS.without
  const timeoutMs = patienceMs ?? usual
  const keychain = io.keychain ?? systemKeychain({ platform, env, timeoutMs })
  return new Profiles(folder, new TokenStore(folder, keychain))
}
