/** Collects the values for signing in before any question is asked. */

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

/** All values needed to sign in. */
export interface SignIn {
  readonly region?: Region | undefined
  readonly baseUrl?: string | undefined
  readonly token: string
  readonly teamId: string
  readonly botId: string
}

/** Values known before the questions, or entered in an earlier attempt. */
export type Draft = { readonly [K in keyof SignIn]?: SignIn[K] | undefined }

export interface Given {
  /** Profile name, if a flag or the environment sets it. */
  readonly name: string | undefined
  readonly draft: Draft
  /** The values that need no question. */
  readonly known: ReadonlySet<keyof SignIn>
}

/** Reads the values from flags, stdin, the environment and an existing profile of this name. */
export async function gatherSettings(
  options: Options,
  context: Context,
  profiles: Profiles,
): Promise<Given> {
  if (options.withToken && options.tokenFile !== undefined) {
    throw new UsageError(
      '--with-token and --token-file cannot be combined',
      'Pass only one of them.',
    )
  }
  const { CHATLAYER_TOKEN, ...others } = context.io.env
  const env: Context['io']['env'] = options.withToken ? others : { ...others, CHATLAYER_TOKEN }
  const named = options.profile ?? (env.CHATLAYER_PROFILE?.trim() || undefined)
  const name = named === undefined ? undefined : profileName(named)
  // A damaged profile is replaced: its hint says to run this command.
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
  await reportEnvironment(context, settings)
  const isFixed = (setting: Settings['teamId']) => setting !== undefined && setting.by !== 'profile'
  const known = new Set<keyof SignIn>()
  if (settings.gateway !== undefined && settings.gateway.by !== 'profile') {
    known.add('region').add('baseUrl')
  }
  if (isFixed(settings.teamId)) known.add('teamId')
  if (isFixed(settings.botId)) known.add('botId')
  if (token !== undefined) known.add('token')
  const draft = {
    ...settings.gateway?.value,
    teamId: settings.teamId?.value,
    botId: settings.botId?.value,
    token,
  }
  return { name, draft, known }
}

/** Reports environment variables that become part of the profile, as users may have forgotten them. */
async function reportEnvironment(context: Context, settings: Settings): Promise<void> {
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
    throw new UsageError(`stdin does not contain a token: ${error.message}`)
  }
}

async function readPiped({ io }: Context): Promise<string> {
  if (io.stdin.isTTY === true) {
    throw new UsageError(
      '--with-token reads the token from stdin, but stdin is a terminal, which would show it',
      'Pipe the token in: clt auth login --with-token < token.txt. Without --with-token you are asked for it.',
    )
  }
  const token = (await readTokenFromStdin(io)).trim()
  const wrong = checkToken(token)
  if (wrong !== undefined) throw new UsageError(`stdin does not contain a token: ${wrong}`)
  return token
}

/** @throws UsageError that names every missing value */
export function checkComplete({ region, baseUrl, token, teamId, botId }: Draft): void {
  const missing = [
    (region ?? baseUrl) ? undefined : 'region (--region) or base URL (--base-url)',
    token ? undefined : 'token (--with-token or --token-file)',
    teamId ? undefined : 'team (--team)',
    botId ? undefined : 'bot (--bot)',
  ].filter((way) => way !== undefined)
  if (missing.length === 0) return
  throw new UsageError(
    `missing, and there is no terminal to prompt on: ${missing.join('; ')}`,
    'Without an account, use: clt try -- <command>',
  )
}
