/** What may be told of a token. */
import { basicAuthorization, TokenError } from '@chatlayer-tables/contract'
import { readToken } from '../connection.ts'
import { UsageError } from '../failures.ts'
import type { Profiles } from './profiles.ts'
import type { Settings } from './settings.ts'

export interface TokenState {
  /** Safe to show; null where there is none. */
  readonly text: string | null
  /** Why it cannot be had. */
  readonly problem: UsageError | undefined
}

/** Whether there is a token, and where; of the token itself at most the user's part. */
export async function describeToken(settings: Settings, profiles: Profiles): Promise<TokenState> {
  if (settings.token === undefined) return { text: null, problem: undefined }
  try {
    const token = await readToken(settings, profiles)
    const wrong = wrongToken(token)
    if (wrong !== undefined) return { text: 'present', problem: new UsageError(wrong, WRONG_HINT) }
    return { text: `present${placeOf(settings)}${userOf(token)}`, problem: undefined }
  } catch (problem) {
    if (!(problem instanceof UsageError)) throw problem
    return { text: 'absent', problem }
  }
}

function placeOf({ token, profile }: Settings): string {
  if (token?.from !== 'profile') return ''
  return profile?.profile.token === 'keychain' ? ", in the system's keychain" : ', in a file'
}

/** Only in the form that the vendor documents: anything else may be a password in the wrong place. */
function userOf(token: string): string {
  const [, user] = /^([0-9a-f]{24}):/i.exec(token) ?? []
  return user === undefined ? '' : `, user ${user}`
}

const WRONG_HINT =
  'Make a token in the web app under Settings > Access tokens, and give it as it is.'

/** What is wrong with a token; undefined when nothing is. Never repeats it. */
export function wrongToken(token: string): string | undefined {
  try {
    basicAuthorization(token)
    return undefined
  } catch (error) {
    if (error instanceof TokenError) return error.message
    throw error
  }
}
