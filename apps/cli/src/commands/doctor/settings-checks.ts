/** Configuration and token: what can be looked at without a gateway. */
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
  /** As far as they can be known. */
  readonly settings: Settings
}

/** What is wrong with a profile or a variable hides nothing that the others say. */
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
    profile === undefined || otherGateway ? 'without a profile' : `by the profile "${profile.name}"`
  return { check: ok('configuration', `complete, ${from}`), settings }
}

/** Where jobs, changes and copies of tables are kept: what others put there would be used. */
export function checkFolders(io: Pick<Io, 'env'>): Check {
  try {
    const folder = userStateFolder(io.env)
    checkPrivateFolder(folder)
    return ok('folders', `jobs and changes are kept in ${folder}`)
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
  if (token.text === null) return { check: skipped('token', 'there is none'), token }
  return { check: (await openToOthers(settings, profiles)) ?? ok('token', token.text), token }
}

/** Of the files that this program writes; who gives a file of his own may have his reasons. */
async function openToOthers(settings: Settings, profiles: Profiles): Promise<Check | undefined> {
  const { token, profile } = settings
  const isOurs = token?.from === 'profile' && profile?.profile.token === 'file'
  if (!isOurs || process.platform === 'win32') return undefined
  const file = profiles.tokenFile(profile.name)
  const { mode } = await stat(file)
  if ((mode & 0o077) === 0) return undefined
  return failed('token', `others can read ${file}`, `chmod 600 ${file}`, EXIT.access)
}
