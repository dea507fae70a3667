/** The questions of `auth login`; known values are the defaults. */
import { REGION_NAMES, REGIONS } from '@chatlayer-tables/contract'
import type { Context } from '../../../context.ts'
import { UsageError } from '../../../failures.ts'
import { checkBaseUrl, profileName } from '../../../profiles/profile.ts'
import type { Profiles } from '../../../profiles/profiles.ts'
import { checkToken } from '../../../profiles/token-state.ts'
import { askChoice, askSecret, askText } from '../../../prompts.ts'
import type { Draft, SignIn } from './gather-settings.ts'

/** Default profile name. */
export const DEFAULT_NAME = 'default'

/** @param known values that need no question */
export async function askSignIn(
  context: Context,
  draft: Draft,
  known: ReadonlySet<keyof SignIn>,
): Promise<SignIn> {
  const where = known.has('region') ? whereOf(draft) : await askWhere(context, draft)
  const token =
    known.has('token') && draft.token !== undefined
      ? draft.token
      : await askToken(context, draft.token)
  const id = async (name: 'teamId' | 'botId', message: string) =>
    known.has(name) && draft[name] !== undefined
      ? draft[name]
      : askText(context, message, { initial: draft[name] })
  const teamId = await id('teamId', 'Team ID')
  const botId = await id('botId', 'Bot ID')
  return { ...where, token, teamId, botId }
}

function whereOf({ region, baseUrl }: Draft): Pick<SignIn, 'region' | 'baseUrl'> {
  if (baseUrl !== undefined) return { baseUrl }
  return region === undefined ? {} : { region }
}

async function askWhere(
  context: Context,
  { region, baseUrl }: Draft,
): Promise<Pick<SignIn, 'region' | 'baseUrl'>> {
  const regions = REGION_NAMES.map((value) => ({ value, label: REGIONS[value].title, hint: value }))
  const other = { value: 'other', label: 'Another URL', hint: 'an emulator, a proxy' } as const
  const initial = baseUrl === undefined ? region : other.value
  const chosen = await askChoice(context, 'Region of your account', [...regions, other], initial)
  if (chosen !== other.value) return { region: chosen }
  return {
    baseUrl: await askText(context, 'Base URL of the gateway', {
      initial: baseUrl,
      check: checkBaseUrl,
    }),
  }
}

async function askToken(context: Context, before: string | undefined): Promise<string> {
  const about =
    before === undefined ? 'from Settings > Access tokens' : 'empty to keep the previous one'
  const token = await askSecret(context, `Access token (${about}; not shown)`, (typed) =>
    typed === '' && before !== undefined ? undefined : checkToken(typed),
  )
  return token === '' && before !== undefined ? before : token
}

/** @throws Interrupted */
export async function askName(context: Context, profiles: Profiles): Promise<string> {
  const names = await profiles.names()
  const taken = names.length === 0 ? '' : ` (existing: ${names.join(', ')})`
  const name = await askText(context, `Name for this connection${taken}`, {
    initial: names.includes(DEFAULT_NAME) ? undefined : DEFAULT_NAME,
    check: (typed) => {
      try {
        profileName(typed)
        return undefined
      } catch (error) {
        return error instanceof UsageError ? error.hint : 'Invalid name.'
      }
    },
  })
  return profileName(name)
}
