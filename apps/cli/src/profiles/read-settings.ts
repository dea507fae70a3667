/** Flags, environment and the profile that they choose, read and put together. */
import { REGION_NAMES } from '@chatlayer-tables/contract'
import {
  connectionFromEnvironment,
  type PartialConnection,
  type Region,
} from '@chatlayer-tables/core'
import { UsageError } from '../failures.ts'
import type { ConnectionFlags } from '../options/common.ts'
import { profileName, wrongBaseUrl } from './profile.ts'
import type { Profiles } from './profiles.ts'
import {
  type CheckedFlags,
  type Chosen,
  type ChosenProfile,
  decide,
  isNamed,
  type Settings,
} from './settings.ts'

export interface SettingSources {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly profiles: Profiles
}

/**
 * @param reference the profile that stands before the colon of a table
 * @throws UsageError for a profile that is not there or broken, a region that is none, and flags
 *   that contradict the reference; ConfigurationError for a variable with a wrong value
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
  // What is whole without the current profile takes nothing from it, and does not mind if it is broken.
  if (isWhole(without)) return without
  const current = await sources.profiles.current()
  if (current === undefined) return without
  const chosen = await load(sources, { name: current, chosen: 'current' })
  return decide(checked, environment, chosen)
}

/** What can be told where {@link readSettings} cannot: flags and variables, as far as they are right. */
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

/** Whether nothing is missing that a connection needs. */
export function isWhole({ gateway, teamId, botId, token }: Settings): boolean {
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
 * What the variables say, without those that a flag takes the place of.
 *
 * @throws ConfigurationError or UsageError for a variable with a wrong value
 */
export function readEnvironment(
  env: SettingSources['env'],
  flags: CheckedFlags,
  onlyVersion: boolean,
): PartialConnection {
  if (onlyVersion) {
    return connectionFromEnvironment({ CHATLAYER_TABLE_VERSION: env.CHATLAYER_TABLE_VERSION })
  }
  // One that is not used may hold what it likes.
  const counted = { ...env }
  if (flags.tokenFile !== undefined) delete counted.CHATLAYER_TOKEN
  if (flags.region !== undefined || flags.baseUrl !== undefined) {
    delete counted.CHATLAYER_REGION
    delete counted.CHATLAYER_BASE_URL
  }
  const said = connectionFromEnvironment(counted)
  checkBaseUrl(said.baseUrl, 'CHATLAYER_BASE_URL')
  return said
}

/** @throws UsageError for a region or a base URL that is none */
export function checkFlags({ region, ...flags }: ConnectionFlags): CheckedFlags {
  checkBaseUrl(flags.baseUrl, '--base-url')
  return region === undefined ? flags : { ...flags, region: parseRegion(region) }
}

/** Before it is shown or compared: it may hold credentials, which nobody must see. */
function checkBaseUrl(baseUrl: string | undefined, by: string): void {
  const wrong = baseUrl === undefined ? undefined : wrongBaseUrl(baseUrl)
  if (wrong !== undefined) throw new UsageError(`${by}: ${wrong}`)
}

function parseRegion(text: string): Region {
  const region = REGION_NAMES.find((name) => name === text.trim().toLowerCase())
  if (region !== undefined) return region
  // What is no word is not repeated: it may be a token in the wrong place.
  const shown = /^\w{1,20}$/.test(text) ? ` "${text}"` : ' of that name'
  throw new UsageError(`there is no region${shown}`, `The regions are ${REGION_NAMES.join(', ')}.`)
}
