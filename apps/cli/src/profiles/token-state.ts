/** Describes a token without revealing it. */
import { basicAuthorization, TokenError } from '@chatlayer-tables/contract'
import { readToken } from '../connection.ts'
import { UsageError } from '../failures.ts'
import type { Profiles } from './profiles.ts'
import type { Settings } from './settings.ts'

export interface TokenState {
  /** Safe to show; null where there is none. */
  readonly text: string | null
  /** Why the token is missing, unreadable or invalid. */
  readonly problem: UsageError | undefined
}

/** Whether there is a token, and where; at most the username is shown. */
export async function describeToken(settings: Settings, profiles: Profiles): Promise<TokenState> {
  if (settings.token === undefined) return { text: null, problem: undefined }
  try {
    const token = await readToken(settings, profiles)
    const problem = checkToken(token)
    if (problem !== undefined) {
      return { text: 'present', problem: new UsageError(problem, TOKEN_HINT) }
    }
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

/** Only in the documented form: other text may be a password in the wrong place. */
function userOf(token: string): string {
  const [, user] = /^([0-9a-f]{24}):/i.exec(token) ?? []
  return user === undefined ? '' : `, user ${user}`
}

const TOKEN_HINT =
  'Create a token in the web app under Settings > Access tokens, and pass it unchanged.'

/** @returns the problem of a token, without the token itself, or undefined */
export function checkToken(token: string): string | undefined {
  try {
    basicAuthorization(token)
    return undefined
  } catch (error) {
    if (error instanceof TokenError) return error.message
    throw error
  }
}
