/** Connects to the bot of an existing job, even if the current profile is for another bot. */
import type { Client } from '@chatlayer-tables/core'
import { connect } from '../../../connection.ts'
import type { Context } from '../../../context.ts'
import type { ConnectionFlags } from '../../../options/common.ts'
import { openProfiles } from '../../../profiles/open-profiles.ts'
import { gatewayOf } from '../../../profiles/profile.ts'
import type { KnownBot } from '../../../profiles/profiles.ts'
import { readSettings } from '../../../profiles/read-settings.ts'
import type { Settings } from '../../../profiles/settings.ts'

/**
 * Returns a client for the bot. If the environment or current profile selects another bot and no flag
 * selects a connection, uses the saved profile of the bot.
 */
export async function connectAgain(
  context: Context,
  flags: ConnectionFlags,
  bot: KnownBot,
): Promise<Client> {
  const profiles = openProfiles(context)
  if (hasConnectionFlag(flags)) return connect(context, flags)
  const settings = await readSettings({ env: context.io.env, profiles }, flags)
  const profile = isForBot(settings, bot) ? undefined : await profiles.findBot(bot)
  if (profile === undefined) return connect(context, flags)
  await context.messages.note(`using the profile "${profile}", as the job was started with its bot`)
  return connect(context, { ...flags, profile })
}

function hasConnectionFlag({ profile, region, baseUrl, team, bot }: ConnectionFlags): boolean {
  return [profile, region, baseUrl, team, bot].some((flag) => flag !== undefined)
}

function isForBot({ gateway, teamId, botId }: Settings, bot: KnownBot): boolean {
  const origin = gateway === undefined ? undefined : gatewayOf(gateway.value)?.origin
  return origin === bot.origin && teamId?.value === bot.teamId && botId?.value === bot.botId
}
