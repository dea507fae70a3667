/** The settings of a connection as rows to show. */
import { regionGateway } from '@chatlayer-tables/contract'
import { LOCAL, shownState } from '../state-setting.ts'
import type { Settings, Sourced } from './settings.ts'
import type { TokenState } from './token-state.ts'

/** A value, and the flag, variable or profile that set it. */
export interface SettingRow {
  readonly setting: string
  readonly value: string | null
  readonly from: string | null
}

/** All values of a connection, and what set each; for the token only whether there is one. */
export function settingRows(settings: Settings, token: TokenState): SettingRow[] {
  const { gateway, teamId, botId, version, profile, otherGateway } = settings
  const by = (source: { readonly by: string } | undefined) =>
    source?.by === 'profile' ? `profile ${profile?.name ?? ''}` : (source?.by ?? null)
  const row = (setting: string, sourced: Sourced<string> | undefined) => ({
    setting,
    value: sourced?.value ?? null,
    from: by(sourced),
  })
  return [
    {
      setting: 'profile',
      value: profile === undefined ? null : `${profile.name}${otherGateway ? ' (not used)' : ''}`,
      from: profile === undefined ? null : CHOSEN[profile.chosen],
    },
    { setting: 'gateway', value: gatewayText(settings), from: by(gateway) },
    row('team', teamId),
    row('bot', botId),
    version === undefined
      ? { setting: 'version', value: 'DRAFT', from: 'default' }
      : row('version', version),
    settings.state === undefined
      ? { setting: 'state', value: LOCAL, from: 'default' }
      : row('state', { ...settings.state, value: shownState(settings.state.value) }),
    { setting: 'token', value: token.text, from: by(settings.token) },
  ]
}

const CHOSEN = {
  reference: 'the table',
  flag: '--profile',
  environment: 'CHATLAYER_PROFILE',
  current: 'current profile',
} as const

function gatewayText({ gateway }: Settings): string | null {
  if (gateway === undefined) return null
  return 'region' in gateway.value
    ? `${gateway.value.region}: ${regionGateway(gateway.value.region).origin}`
    : gateway.value.baseUrl
}
