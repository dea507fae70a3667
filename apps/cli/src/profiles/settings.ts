/**
 * Decides whether flags, environment or profile set each value of a connection. A flag takes precedence
 * over the environment, the environment over the profile, with two exceptions:
 *
 * - A profile named on the command line (`prod:stores`, `--profile prod`) takes precedence over the
 *   environment, of which only version and state are then read: a forgotten variable must not turn `prod`
 *   into another bot.
 * - A profile belongs to one gateway. If a flag or a variable names another, the profile is not used:
 *   its ids mean nothing there, and its token must not be sent there.
 */
import type { DialectInput, Region, Version } from '@chatlayer-tables/contract'
import type { PartialConnection } from '@chatlayer-tables/core'
import { UsageError } from '../failures.ts'
import type { ConnectionFlags } from '../options/common.ts'
import { gatewayOf, type Profile } from './profile.ts'

/** How a profile was chosen. The first that is set wins. */
export type Chosen = 'reference' | 'flag' | 'environment' | 'current'

export interface ChosenProfile {
  readonly name: string
  readonly chosen: Chosen
  readonly profile: Profile
}

/** A value, and what set it: a flag, a variable, or `profile`. */
export interface Sourced<T> {
  readonly value: T
  readonly by: string
}

type Where = { readonly region: Region } | { readonly baseUrl: string }

/** The settings of a connection. The token of a profile or a file has not been read yet. */
export interface Settings {
  readonly gateway: Sourced<Where> | undefined
  readonly teamId: Sourced<string> | undefined
  readonly botId: Sourced<string> | undefined
  readonly version: Sourced<Version> | undefined
  /** Where journal, jobs and locks are, as it was written. */
  readonly state: Sourced<string> | undefined
  readonly token: TokenSource | undefined
  /** The dialect stored in the profile. */
  readonly dialect: DialectInput | undefined
  /** The chosen profile, even if it is not used. */
  readonly profile: ChosenProfile | undefined
  /** Whether the profile is not used because it belongs to another gateway. */
  readonly otherGateway: boolean
}

export type TokenSource =
  | { readonly from: 'file'; readonly path: string; readonly by: string }
  | { readonly from: 'environment'; readonly token: string; readonly by: string }
  | { readonly from: 'profile'; readonly by: string }

/** The values of the environment variables. */
export type EnvironmentSettings = PartialConnection & { readonly state?: string | undefined }

/** The flags, with a valid region. */
export type CheckedFlags = Omit<ConnectionFlags, 'region'> & { readonly region?: Region }

/**
 * @param environment the values of the variables; only their version and state are used with a profile
 *   that the command line names
 * @throws UsageError for flags that contradict the profile of a table reference; ConfigurationError or
 *   BaseUrlError for an invalid base URL
 */
export function decide(
  flags: CheckedFlags,
  environment: EnvironmentSettings,
  chosen: ChosenProfile | undefined,
): Settings {
  if (chosen?.chosen === 'reference') checkConflict(flags, chosen.name)
  const named = isNamed(chosen)
  const env: PartialConnection = named ? {} : environment
  const gateway = gatewayFromFlags(flags) ?? gatewayFromEnvironment(env)
  const otherGateway = gateway !== undefined && chosen !== undefined && differs(gateway, chosen)
  const profile = otherGateway ? undefined : chosen?.profile
  const either = <T>(ofEnvironment: Sourced<T> | undefined, ofProfile: T | undefined) =>
    named
      ? (sourced(ofProfile, 'profile') ?? ofEnvironment)
      : (ofEnvironment ?? sourced(ofProfile, 'profile'))
  return {
    gateway: gateway ?? gatewayFromProfile(profile),
    teamId:
      sourced(flags.team, '--team') ??
      sourced(env.teamId, VARIABLES.teamId) ??
      sourced(profile?.teamId, 'profile'),
    botId:
      sourced(flags.bot, '--bot') ??
      sourced(env.botId, VARIABLES.botId) ??
      sourced(profile?.botId, 'profile'),
    version: either(sourced(environment.version, VARIABLES.version), profile?.version),
    state: either(sourced(environment.state, VARIABLES.state), profile?.state),
    token: tokenSource(flags, env, profile),
    dialect: profile?.dialect,
    profile: chosen,
    otherGateway,
  }
}

/** Whether the command line itself names the profile. */
export function isNamed(chosen: { readonly chosen: Chosen } | undefined): boolean {
  return chosen?.chosen === 'reference' || chosen?.chosen === 'flag'
}

const VARIABLES = {
  token: 'CHATLAYER_TOKEN',
  region: 'CHATLAYER_REGION',
  baseUrl: 'CHATLAYER_BASE_URL',
  teamId: 'CHATLAYER_TEAM_ID',
  botId: 'CHATLAYER_BOT_ID',
  version: 'CHATLAYER_TABLE_VERSION',
  state: 'CHATLAYER_STATE',
} as const

function sourced<T>(value: T | undefined, by: string): Sourced<T> | undefined {
  return value === undefined ? undefined : { value, by }
}

function gatewayFromFlags({ region, baseUrl }: CheckedFlags): Sourced<Where> | undefined {
  if (baseUrl !== undefined) return { value: { baseUrl }, by: '--base-url' }
  return region === undefined ? undefined : { value: { region }, by: '--region' }
}

function gatewayFromEnvironment({
  region,
  baseUrl,
}: PartialConnection): Sourced<Where> | undefined {
  if (baseUrl !== undefined) return { value: { baseUrl }, by: VARIABLES.baseUrl }
  return region === undefined ? undefined : { value: { region }, by: VARIABLES.region }
}

function gatewayFromProfile(profile: Profile | undefined): Sourced<Where> | undefined {
  const { region, baseUrl } = profile ?? {}
  if (baseUrl !== undefined) return { value: { baseUrl }, by: 'profile' }
  return region === undefined ? undefined : { value: { region }, by: 'profile' }
}

function differs({ value }: Sourced<Where>, { profile }: ChosenProfile): boolean {
  const [set, saved] = [gatewayOf(value), gatewayOf(profile)]
  return set?.origin !== saved?.origin || set?.prefix !== saved?.prefix
}

function tokenSource(
  { tokenFile }: CheckedFlags,
  { token }: PartialConnection,
  profile: Profile | undefined,
): TokenSource | undefined {
  if (tokenFile !== undefined) return { from: 'file', path: tokenFile, by: '--token-file' }
  if (token !== undefined) return { from: 'environment', token, by: VARIABLES.token }
  return profile === undefined ? undefined : { from: 'profile', by: 'profile' }
}

/** An ignored flag would send a command to another connection than its user meant. */
function checkConflict(flags: CheckedFlags, name: string): void {
  const { region, baseUrl, team, bot, tokenFile } = flags
  const passed = Object.entries({
    '--region': region,
    '--base-url': baseUrl,
    '--team': team,
    '--bot': bot,
    '--token-file': tokenFile,
  })
    .filter(([, value]) => value !== undefined)
    .map(([flag]) => flag)
  if (passed.length === 0) return
  throw new UsageError(
    `${passed.join(', ')} contradicts the profile of the table, "${name}:"`,
    'Remove one of them. To save another connection: clt auth login --profile <name>',
  )
}
