/**
 * Which of flags, environment and profile decides each value of a connection, and which one did.
 * A flag goes before the environment, the environment before the profile. Two rules stand above that:
 *
 * - A profile that the command line names (`prod:stores`, `--profile prod`) goes before the
 *   environment, of which only the version is read then: a variable that somebody has forgotten must
 *   not turn `prod` into another bot.
 * - A profile is of one gateway. When a flag or a variable names another, nothing of the profile is
 *   used: neither its ids, which mean nothing there, nor its token, which must not get there.
 */
import type { DialectInput, Region, Version } from '@chatlayer-tables/contract'
import type { PartialConnection } from '@chatlayer-tables/core'
import { UsageError } from '../failures.ts'
import type { ConnectionFlags } from '../options/common.ts'
import { gatewayOf, type Profile } from './profile.ts'

/** How a profile was chosen; the first that says one does. */
export type Chosen = 'reference' | 'flag' | 'environment' | 'current'

export interface ChosenProfile {
  readonly name: string
  readonly chosen: Chosen
  readonly profile: Profile
}

/** A value, and what said it: a flag, a variable, or `profile`. */
export interface Said<T> {
  readonly value: T
  readonly by: string
}

type Where = { readonly region: Region } | { readonly baseUrl: string }

/** What is known of a connection; the token of a profile or of a file has not been read yet. */
export interface Settings {
  readonly gateway: Said<Where> | undefined
  readonly teamId: Said<string> | undefined
  readonly botId: Said<string> | undefined
  readonly version: Said<Version> | undefined
  readonly token: TokenSource | undefined
  /** What the profile knows of the gateway. */
  readonly dialect: DialectInput | undefined
  /** The profile of which something was or would be used. */
  readonly profile: ChosenProfile | undefined
  /** Whether nothing of the profile is used, as it is of another gateway. */
  readonly otherGateway: boolean
}

export type TokenSource =
  | { readonly from: 'file'; readonly path: string; readonly by: string }
  | { readonly from: 'environment'; readonly token: string; readonly by: string }
  | { readonly from: 'profile'; readonly by: string }

/** The flags, with a region that was checked. */
export type CheckedFlags = Omit<ConnectionFlags, 'region'> & { readonly region?: Region }

/**
 * @param environment what the variables say; their version alone counts beside a profile that the
 *   command line names
 * @throws UsageError for flags that contradict the profile of a table reference; ConfigurationError
 *   or BaseUrlError for a base URL that is none
 */
export function decide(
  flags: CheckedFlags,
  environment: PartialConnection,
  chosen: ChosenProfile | undefined,
): Settings {
  if (chosen?.chosen === 'reference') refuseConflict(flags, chosen.name)
  const named = isNamed(chosen)
  const env: PartialConnection = named ? {} : environment
  const gateway = sayGateway(flags) ?? sayEnvironmentsGateway(env)
  const otherGateway = gateway !== undefined && chosen !== undefined && differs(gateway, chosen)
  const profile = otherGateway ? undefined : chosen?.profile
  const version = named
    ? (say(profile?.version, 'profile') ?? say(environment.version, VARIABLES.version))
    : (say(env.version, VARIABLES.version) ?? say(profile?.version, 'profile'))
  return {
    gateway: gateway ?? sayProfilesGateway(profile),
    teamId:
      say(flags.team, '--team') ??
      say(env.teamId, VARIABLES.teamId) ??
      say(profile?.teamId, 'profile'),
    botId:
      say(flags.bot, '--bot') ?? say(env.botId, VARIABLES.botId) ?? say(profile?.botId, 'profile'),
    version,
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
} as const

function say<T>(value: T | undefined, by: string): Said<T> | undefined {
  return value === undefined ? undefined : { value, by }
}

function sayGateway({ region, baseUrl }: CheckedFlags): Said<Where> | undefined {
  if (baseUrl !== undefined) return { value: { baseUrl }, by: '--base-url' }
  return region === undefined ? undefined : { value: { region }, by: '--region' }
}

function sayEnvironmentsGateway({ region, baseUrl }: PartialConnection): Said<Where> | undefined {
  if (baseUrl !== undefined) return { value: { baseUrl }, by: VARIABLES.baseUrl }
  return region === undefined ? undefined : { value: { region }, by: VARIABLES.region }
}

function sayProfilesGateway(profile: Profile | undefined): Said<Where> | undefined {
  const { region, baseUrl } = profile ?? {}
  if (baseUrl !== undefined) return { value: { baseUrl }, by: 'profile' }
  return region === undefined ? undefined : { value: { region }, by: 'profile' }
}

function differs({ value }: Said<Where>, { profile }: ChosenProfile): boolean {
  const [said, saved] = [gatewayOf(value), gatewayOf(profile)]
  return said?.origin !== saved?.origin || said?.prefix !== saved?.prefix
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

/** A flag that went unheard would send a command where its user did not mean it to go. */
function refuseConflict(flags: CheckedFlags, name: string): void {
  const { region, baseUrl, team, bot, tokenFile } = flags
  const given = Object.entries({
    '--region': region,
    '--base-url': baseUrl,
    '--team': team,
    '--bot': bot,
    '--token-file': tokenFile,
  })
    .filter(([, value]) => value !== undefined)
    .map(([flag]) => flag)
  if (given.length === 0) return
  throw new UsageError(
    `the table says "${name}:", and ${given.join(', ')} would make that another connection`,
    `Leave one of them out. For another connection of the same kind: clt auth login --profile <name>`,
  )
}
