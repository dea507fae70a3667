import type { Settings } from '../options.ts'

/** What a bearer of a token may do. Each one holds those before it: who writes LIVE may read. */
export const SCOPES = ['read', 'write:draft', 'write:live'] as const
export type Scope = (typeof SCOPES)[number]

/** The words among `said` that are scopes of this server, with all that they hold. */
export function grantedScopes(said: readonly string[]): readonly Scope[] {
  return SCOPES.slice(0, SCOPES.findLastIndex((scope) => said.includes(scope)) + 1)
}

/** The operator's settings for the bearer of these scopes: less than the operator allows, never more. */
export function narrow<Wide extends Pick<Settings, 'readOnly' | 'allowLive'>>(
  settings: Wide,
  scopes: readonly Scope[],
): Wide {
  return {
    ...settings,
    readOnly: settings.readOnly || !scopes.includes('write:draft'),
    allowLive: settings.allowLive && scopes.includes('write:live'),
  }
}
