/** The settings of a connection as rows to show. */
import { regionGateway } from '@chatlayer-tables/contract'
import type { Said, Settings } from './settings.ts'
import type { TokenState } from './token-state.ts'

/** One value, and which flag, variable or profile it is from. */
export interface SettingRow {
  readonly setting: string
  readonly value: string | null
  readonly from: string | null
}

/** Every value of a connection, and what said it; of the token only that it is there. */
export function settingRows(settings: Settings, token: TokenState): SettingRow[] {
  const { gateway, teamId, botId, version, profile, otherGateway } = settings
  const by = (said: Said<unknown> | { readonly by: string } | undefined) =>
    said?.by === 'profile' ? `profile ${profile?.name ?? ''}` : (said?.by ?? null)
  const row = (setting: string, said: Said<string> | undefined) => ({
    setting,
    value: said?.value ?? null,
    from: by(said),
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
