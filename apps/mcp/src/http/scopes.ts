import type { Settings } from '../options.ts'

/** Permissions of tokens. Each scope includes the previous ones. */
export const SCOPES = ['read', 'write:draft', 'write:live'] as const
export type Scope = (typeof SCOPES)[number]

/** The scopes of this server among `claimed`, with the scopes that they include. */
export function grantedScopes(claimed: readonly string[]): readonly Scope[] {
  return SCOPES.slice(0, SCOPES.findLastIndex((scope) => claimed.includes(scope)) + 1)
}

/** The operator's settings, restricted to these scopes. */
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
