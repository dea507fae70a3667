/** Checks of configuration, folders and token, without requests. */
import { stat } from 'node:fs/promises'
import { checkPrivateFolder, userStateFolder } from '@chatlayer-tables/local'
import { missingSettings } from '../../connection.ts'
import { EXIT } from '../../exit-codes.ts'
import type { Io } from '../../io.ts'
import type { ConnectionFlags } from '../../options/common.ts'
import type { Profiles } from '../../profiles/profiles.ts'
import {
  isComplete,
  readSettings,
  type SettingSources,
  settingsWithoutProfile,
} from '../../profiles/read-settings.ts'
import type { Settings } from '../../profiles/settings.ts'
import { describeToken, type TokenState } from '../../profiles/token-state.ts'
import { type Check, failed, failedBy, ok, skipped } from './check.ts'

export interface SettingsFound {
  readonly check: Check
  /** The settings, as far as they are known. */
  readonly settings: Settings
}

/** After a problem with a profile or a variable, still returns the other settings. */
export async function checkSettings(
  sources: SettingSources,
  flags: ConnectionFlags,
): Promise<SettingsFound> {
  let settings: Settings
  try {
    settings = await readSettings(sources, flags)
  } catch (error) {
    return {
      check: failedBy('configuration', error),
      settings: settingsWithoutProfile(sources, flags),
    }
  }
  const { profile, otherGateway } = settings
  if (!isComplete(settings))
    return { check: failedBy('configuration', missingSettings(settings)), settings }
  const from =
    profile === undefined || otherGateway
      ? 'without a profile'
      : `from the profile "${profile.name}"`
  return { check: ok('configuration', `complete, ${from}`), settings }
}

/** Checks that other users cannot write to the folder of jobs, changes and mirrors. */
export function checkFolders(io: Pick<Io, 'env'>): Check {
  try {
    const folder = userStateFolder(io.env)
    checkPrivateFolder(folder)
    return ok('folders', `jobs, changes and copies of tables are stored in ${folder}`)
  } catch (error) {
    return failedBy('folders', error)
  }
}

export async function checkToken(
  settings: Settings,
  profiles: Profiles,
): Promise<{ check: Check; token: TokenState }> {
  const token = await describeToken(settings, profiles)
  if (token.problem !== undefined) return { check: failedBy('token', token.problem), token }
  if (token.text === null) return { check: skipped('token', 'not set'), token }
  return { check: (await checkPermissions(settings, profiles)) ?? ok('token', token.text), token }
}

/** Checks only token files that this program writes, not those of --token-file. */
async function checkPermissions(
  settings: Settings,
  profiles: Profiles,
): Promise<Check | undefined> {
  const { token, profile } = settings
  const isOurs = token?.from === 'profile' && profile?.profile.token === 'file'
  if (!isOurs || process.platform === 'win32') return undefined
  const file = profiles.tokenFile(profile.name)
  const { mode } = await stat(file)
  if ((mode & 0o077) === 0) return undefined
  return failed('token', `other users can read ${file}`, `Run: chmod 600 ${file}`, EXIT.access)
}
