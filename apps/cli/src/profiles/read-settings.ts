/** Reads flags, environment and the profile that they choose, and combines them. */
import { REGION_NAMES } from '@chatlayer-tables/contract'
import { connectionFromEnvironment, type Region } from '@chatlayer-tables/core'
import { UsageError } from '../failures.ts'
import type { ConnectionFlags } from '../options/common.ts'
import { checkBaseUrl, profileName } from './profile.ts'
import type { Profiles } from './profiles.ts'
import {
  type CheckedFlags,
  type Chosen,
  type ChosenProfile,
  decide,
  type EnvironmentSettings,
  isNamed,
  type Settings,
} from './settings.ts'

export interface SettingSources {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly profiles: Profiles
}

/**
 * @param reference the profile before the colon of a table
 * @throws UsageError for a missing or invalid profile, an unknown region, or flags that contradict the
 *   reference; ConfigurationError for a variable with an invalid value
 */
export async function readSettings(
  sources: SettingSources,
  flags: ConnectionFlags,
  reference?: string,
): Promise<Settings> {
  const checked = checkFlags(flags)
  const choice = chooseByName(flags, sources.env, reference)
  const environment = readEnvironment(sources.env, checked, isNamed(choice))
  if (choice !== undefined) return decide(checked, environment, await load(sources, choice))
  const without = decide(checked, environment, undefined)
  // A connection that is complete without the current profile does not read it, since it may be invalid.
  if (isComplete(without)) return without
  const current = await sources.profiles.current()
  if (current === undefined) return without
  const chosen = await load(sources, { name: current, chosen: 'current' })
  return decide(checked, environment, chosen)
}

/** For when {@link readSettings} fails: the settings from flags and variables, if they are valid. */
export function settingsWithoutProfile(
  { env }: Pick<SettingSources, 'env'>,
  flags: ConnectionFlags,
): Settings {
  try {
    const checked = checkFlags(flags)
    const named = flags.profile !== undefined
    return decide(checked, readEnvironment(env, checked, named), undefined)
  } catch {
    return decide({}, {}, undefined)
  }
}

/** Whether all settings of a connection are set. */
export function isComplete({ gateway, teamId, botId, token }: Settings): boolean {
  return [gateway, teamId, botId, token].every((setting) => setting !== undefined)
}

interface Choice {
  readonly name: string
  readonly chosen: Chosen
}

function chooseByName(
  flags: ConnectionFlags,
  env: SettingSources['env'],
  reference: string | undefined,
): Choice | undefined {
  if (reference !== undefined) return { name: profileName(reference), chosen: 'reference' }
  if (flags.profile !== undefined) return { name: profileName(flags.profile), chosen: 'flag' }
  const variable = env.CHATLAYER_PROFILE?.trim()
  return variable ? { name: profileName(variable), chosen: 'environment' } : undefined
}

async function load({ profiles }: SettingSources, choice: Choice): Promise<ChosenProfile> {
  return { ...choice, profile: await profiles.read(choice.name) }
}

/**
 * Reads the variables, except those that a flag overrides.
 *
 * @throws ConfigurationError or UsageError for a variable with an invalid value
 */
export function readEnvironment(
  env: SettingSources['env'],
  flags: CheckedFlags,
  onlyVersion: boolean,
): EnvironmentSettings {
  const state = env.CHATLAYER_STATE?.trim() || undefined
  if (onlyVersion) {
    const { CHATLAYER_TABLE_VERSION } = env
    return { ...connectionFromEnvironment({ CHATLAYER_TABLE_VERSION }), state }
  }
  // A variable that is not used may have an invalid value.
  const counted = { ...env }
  if (flags.tokenFile !== undefined) delete counted.CHATLAYER_TOKEN
  if (flags.region !== undefined || flags.baseUrl !== undefined) {
    delete counted.CHATLAYER_REGION
    delete counted.CHATLAYER_BASE_URL
  }
  const connection = connectionFromEnvironment(counted)
  rejectBaseUrl(connection.baseUrl, 'CHATLAYER_BASE_URL')
  return { ...connection, state }
}

/** @throws UsageError for an unknown region or an invalid base URL */
export function checkFlags({ region, ...flags }: ConnectionFlags): CheckedFlags {
  rejectBaseUrl(flags.baseUrl, '--base-url')
  return region === undefined ? flags : { ...flags, region: parseRegion(region) }
}

/** Call before a base URL is shown or compared: it may contain credentials. */
function rejectBaseUrl(baseUrl: string | undefined, by: string): void {
  const problem = baseUrl === undefined ? undefined : checkBaseUrl(baseUrl)
  if (problem !== undefined) throw new UsageError(`${by}: ${problem}`)
}

function parseRegion(text: string): Region {
  const region = REGION_NAMES.find((name) => name === text.trim().toLowerCase())
  if (region !== undefined) return region
  // Only a single word is repeated: other text may be a token in the wrong place.
  const shown = /^\w{1,20}$/.test(text) ? ` "${text}"` : ''
  throw new UsageError(`unknown region${shown}`, `Use one of ${REGION_NAMES.join(', ')}.`)
}
