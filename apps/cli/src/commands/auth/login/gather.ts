/** What is known of a sign-in before anything is asked. */

import type { Region } from '@chatlayer-tables/core'
import { readSmallStream, SmallFileError } from '@chatlayer-tables/local'
import { readToken } from '../../../connection.ts'
import type { Context } from '../../../context.ts'
import { UsageError } from '../../../failures.ts'
import { profileName } from '../../../profiles/profile.ts'
import type { Profiles } from '../../../profiles/profiles.ts'
import { checkFlags, readEnvironment } from '../../../profiles/read-settings.ts'
import { decide, type Settings } from '../../../profiles/settings.ts'
import { checkToken } from '../../../profiles/token-state.ts'
import type { Options } from './definition.ts'

/** All that is needed to sign in. */
export interface SignIn {
  readonly region?: Region | undefined
  readonly baseUrl?: string | undefined
  readonly token: string
  readonly teamId: string
  readonly botId: string
}

/** What is known before anything is asked, and what an earlier attempt was told. */
export type Draft = { readonly [K in keyof SignIn]?: SignIn[K] | undefined }

export interface Given {
  /** Of the profile, where flag or environment say it. */
  readonly name: string | undefined
  readonly draft: Draft
  /** The values that nobody needs to be asked for. */
  readonly settled: ReadonlySet<keyof SignIn>
}

/** What flags, stdin, the environment and a profile of this name say. */
export async function gather(
  options: Options,
  context: Context,
  profiles: Profiles,
): Promise<Given> {
  if (options.withToken && options.tokenFile !== undefined) {
    throw new UsageError('give one of --with-token and --token-file')
  }
  const { CHATLAYER_TOKEN, ...others } = context.io.env
  const env: Context['io']['env'] = options.withToken ? others : { ...others, CHATLAYER_TOKEN }
  const named = options.profile ?? (env.CHATLAYER_PROFILE?.trim() || undefined)
  const name = named === undefined ? undefined : profileName(named)
  // One that is broken is made anew, which is what the advice on a broken profile says.
  const before = name === undefined ? undefined : await profiles.read(name).catch(() => undefined)
  const flags = checkFlags(options)
  const chosen =
    before === undefined || name === undefined
      ? undefined
      : ({ name, chosen: 'current', profile: before } as const)
  const settings = decide(flags, readEnvironment(env, flags, false), chosen)
  const token = options.withToken
    ? await readPiped(context)
    : settings.token === undefined || settings.token.from === 'profile'
      ? undefined
      : await readToken(settings, profiles)
  context.messages.hide(token)
  await tellEnvironment(context, settings)
  const said = (setting: Settings['teamId']) => setting !== undefined && setting.by !== 'profile'
  const settled = new Set<keyof SignIn>()
  if (settings.gateway !== undefined && settings.gateway.by !== 'profile') {
    settled.add('region').add('baseUrl')
  }
  if (said(settings.teamId)) settled.add('teamId')
  if (said(settings.botId)) settled.add('botId')
  if (token !== undefined) settled.add('token')
  const draft = {
    ...settings.gateway?.value,
    teamId: settings.teamId?.value,
    botId: settings.botId?.value,
    token,
  }
  return { name, draft, settled }
}

/** A profile made of variables that somebody forgot would be a surprise. */
async function tellEnvironment(context: Context, settings: Settings): Promise<void> {
  const by = [settings.gateway, settings.teamId, settings.botId, settings.token]
    .map((setting) => setting?.by)
    .filter((source) => source?.startsWith('CHATLAYER_'))
  if (by.length > 0) await context.messages.note(`taken from the environment: ${by.join(', ')}`)
}

const MAX_TOKEN_BYTES = 4_096

async function readTokenFromStdin({ stdin }: Context['io']): Promise<string> {
  try {
    return await readSmallStream(stdin, { name: 'stdin', maxBytes: MAX_TOKEN_BYTES })
  } catch (error) {
    if (!(error instanceof SmallFileError)) throw error
    throw new UsageError(`stdin does not hold a token: ${error.message}`)
  }
}

async function readPiped({ io }: Context): Promise<string> {
  if (io.stdin.isTTY === true) {
    throw new UsageError(
      '--with-token reads the token from stdin, which is a terminal that would show it',
      'Leave --with-token out to be asked, or pipe the token in: clt auth login --with-token < token.txt',
    )
  }
  const token = (await readTokenFromStdin(io)).trim()
  const wrong = checkToken(token)
  if (wrong !== undefined) throw new UsageError(`stdin does not hold a token: ${wrong}`)
  return token
}

/** @throws UsageError naming all that is missing where nobody can be asked */
export function refuseMissing({ region, baseUrl, token, teamId, botId }: Draft): void {
  const missing = [
    (region ?? baseUrl) ? undefined : 'a region (--region) or base URL (--base-url)',
    token ? undefined : 'a token (--with-token reads it from stdin; --token-file)',
    teamId ? undefined : 'a team (--team)',
    botId ? undefined : 'a bot (--bot)',
  ].filter((way) => way !== undefined)
  if (missing.length === 0) return
  throw new UsageError(
    `there is no terminal to ask on, and what is given lacks ${missing.join('; ')}`,
    'Without an account: clt try -- <command>',
  )
}
