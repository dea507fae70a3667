import { regionGateway } from '@chatlayer-tables/contract'
import { missingOf } from '../../../connection.ts'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import type { OptionsOf } from '../../../invocation.ts'
import { writeFacts } from '../../../output/facts.ts'
import { openProfiles } from '../../../profiles/open-profiles.ts'
import { isWhole, readSettings } from '../../../profiles/read-settings.ts'
import type { Said, Settings } from '../../../profiles/settings.ts'
import { describeToken, type TokenState } from '../../../profiles/token-state.ts'

/** One value, and which flag, variable or profile it is from. */
export interface SettingRow {
  readonly setting: string
  readonly value: string | null
  readonly from: string | null
}

export async function status(
  options: OptionsOf<'auth status'>,
  context: Context,
): Promise<ExitCode> {
  const profiles = openProfiles(context)
  const settings = await readSettings({ env: context.io.env, profiles }, options)
  const token = await describeToken(settings, profiles)
  const rows = settingRows(settings, token)
  if (context.json) {
    const told = Object.fromEntries(rows.map(({ setting, ...row }) => [setting, row]))
    await context.out.write(`${JSON.stringify({ complete: isWhole(settings), ...told })}\n`)
  } else {
    const shown = rows.map(({ setting, value, from }) => [setting, value ?? '–', from ?? ''])
    await writeFacts(context.out, ['setting', 'value', 'from'], shown)
  }
  if (!isWhole(settings)) throw missingOf(settings)
  if (token.problem !== undefined) throw token.problem
  return EXIT.ok
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
