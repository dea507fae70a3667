/** `auth login`: asks for missing values and tests the connection before saving it. */

import { ChatlayerError, createClient } from '@chatlayer-tables/core'
import { USER_AGENT } from '../../../connection.ts'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { UsageError } from '../../../failures.ts'
import { requestLog } from '../../../output/request-log.ts'
import { openProfiles } from '../../../profiles/open-profiles.ts'
import { gatewayOf, type Profile } from '../../../profiles/profile.ts'
import type { Profiles } from '../../../profiles/profiles.ts'
import { canAsk } from '../../../prompts.ts'
import { checkState, shownState } from '../../../state-setting.ts'
import type { Options } from './definition.ts'
import {
  checkComplete,
  type Draft,
  type Given,
  gatherSettings,
  type SignIn,
} from './gather-settings.ts'
import { askName, askSignIn, DEFAULT_NAME } from './questions.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const profiles = openProfiles(context)
  const { state } = options
  if (state !== undefined) await checkState({ value: state, by: '--state' }, context.io.env)
  const given = await gatherSettings(options, context, profiles)
  const asking = canAsk(context)
  if (!asking) checkComplete(given.draft)
  const { signIn, tables } = asking
    ? await askUntilItWorks(context, given)
    : await attempt(context, given.draft as SignIn)
  const name = given.name ?? (asking ? await askName(context, profiles) : DEFAULT_NAME)
  if (!asking && given.name === undefined) await checkOverwriting(profiles, signIn)
  const { token, ...where } = signIn
  const profile = {
    ...where,
    ...(await keptSettings(profiles, name, signIn)),
    ...(options.live ? LIVE : {}),
    ...(state === undefined ? {} : { state }),
  }
  const kept = await profiles.save(name, profile, token, { keychain: options.keychain })
  await profiles.makeCurrent(name)
  await reportResult(context, profiles, {
    name,
    profile: { ...profile, token: kept.place },
    tables,
    kept,
  })
  return EXIT.ok
}

const LIVE = { version: 'LIVE' } as const

async function checkOverwriting(profiles: Profiles, signIn: SignIn): Promise<void> {
  const before = await profiles.read(DEFAULT_NAME).catch(() => undefined)
  if (before === undefined || isSameBot(before, signIn)) return
  throw new UsageError(
    `the profile "${DEFAULT_NAME}" is for another bot`,
    `Pass --profile <name> for a new profile, or --profile ${DEFAULT_NAME} to replace "${DEFAULT_NAME}".`,
  )
}

function isSameBot(one: Omit<SignIn, 'token'>, other: Omit<SignIn, 'token'>): boolean {
  return isSameGateway(one, other) && one.teamId === other.teamId && one.botId === other.botId
}

function isSameGateway(one: Draft | Profile, other: Draft | Profile): boolean {
  const [a, b] = [gatewayOf(one), gatewayOf(other)]
  return a?.origin === b?.origin && a?.prefix === b?.prefix
}

/** The settings that a replaced profile keeps. */
async function keptSettings(
  profiles: Profiles,
  name: string,
  signIn: SignIn,
): Promise<Pick<Profile, 'dialect' | 'state' | 'version'>> {
  const before = await profiles.read(name).catch(() => undefined)
  if (before === undefined || !isSameGateway(before, signIn)) return {}
  return { version: before.version, state: before.state, dialect: before.dialect }
}

interface Attempted {
  readonly signIn: SignIn
  /** Number of tables of the bot. */
  readonly tables: number
}

/** Shorter than the client's default of two minutes, since the user is waiting. */
const TIMEOUT_MS = 30_000

async function attempt(context: Context, signIn: SignIn): Promise<Attempted> {
  const { stop, messages } = context
  messages.hide(signIn.token)
  await using client = createClient({
    ...signIn,
    ...requestLog(context),
    userAgent: USER_AGENT,
    proxyEnvironment: context.io.env,
  })
  const tables = await client.tables.list({ signal: stop, timeoutMs: TIMEOUT_MS })
  return { signIn, tables: tables.length }
}

/** Asks again after a failure; all earlier answers are defaults that can be changed. */
async function askUntilItWorks(context: Context, given: Given): Promise<Attempted> {
  let { draft, known } = given
  for (;;) {
    const signIn = await askSignIn(context, draft, known)
    try {
      return await attempt(context, signIn)
    } catch (error) {
      if (context.stop.aborted || !(error instanceof ChatlayerError)) throw error
      await context.messages.error(error)
      await context.messages.say('Nothing was saved. Try again, or press Ctrl-C to end.')
      draft = signIn
      known = new Set()
    }
  }
}

async function reportResult(
  context: Context,
  profiles: Profiles,
  {
    name,
    profile,
    tables,
    kept,
  }: {
    readonly name: string
    readonly profile: Profile
    readonly tables: number
    readonly kept: { readonly place: Profile['token']; readonly why?: string }
  },
): Promise<void> {
  const file = kept.place === 'file' ? profiles.tokenFile(name) : undefined
  if (context.json) {
    const { teamId, botId } = profile
    const gateway = gatewayOf(profile)?.origin
    const report = {
      profile: name,
      gateway,
      teamId,
      botId,
      tables,
      token: kept.place,
      tokenFile: file,
    }
    await context.out.write(`${JSON.stringify(report)}\n`)
  }
  const { messages } = context
  await messages.note(`signed in: the bot has ${tables} ${tables === 1 ? 'table' : 'tables'}`)
  await messages.note(
    file === undefined
      ? 'the token is in the system keychain'
      : `the token is in ${file}, which only you can read${kept.why === undefined ? '' : ` (keychain not used: ${kept.why})`}`,
  )
  await messages.note(`saved as profile "${name}", which is now the current profile`)
  if (profile.state !== undefined) {
    const state = shownState(profile.state)
    await messages.note(
      `changes, jobs and locks are kept in ${state}; to check it: clt state status`,
    )
  }
  await reportOverrides(context)
}

/** Reports environment variables that override the new profile. */
async function reportOverrides({ io, messages }: Context): Promise<void> {
  const set = [
    'CHATLAYER_TOKEN',
    'CHATLAYER_REGION',
    'CHATLAYER_BASE_URL',
    'CHATLAYER_TEAM_ID',
    'CHATLAYER_BOT_ID',
    'CHATLAYER_PROFILE',
    'CHATLAYER_STATE',
  ].filter((variable) => io.env[variable]?.trim())
  if (set.length === 0) return
  await messages.note(`these environment variables override the current profile: ${set.join(', ')}`)
}
