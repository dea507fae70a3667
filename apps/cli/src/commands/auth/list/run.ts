import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { writeFacts } from '../../../output/facts.ts'
import { openProfiles } from '../../../profiles/open-profiles.ts'
import { gatewayOf, type Profile } from '../../../profiles/profile.ts'
import { shownState } from '../../../state-setting.ts'
import { readEntry } from '../profile-entry.ts'
import type { Options } from './definition.ts'

export async function run(_: Options, context: Context): Promise<ExitCode> {
  const profiles = openProfiles(context)
  const current = await profiles.current().catch(() => undefined)
  const entries = await Promise.all(
    (await profiles.names()).map((name) => readEntry(profiles, name)),
  )
  if (context.json) {
    const list = entries.map(({ name, profile, problem }) => ({
      name,
      current: name === current,
      ...(profile === undefined ? {} : { gateway: gatewayOf(profile)?.origin, ...shown(profile) }),
      ...(problem === undefined ? {} : { problem: problem.message }),
    }))
    await context.out.write(`${JSON.stringify(list)}\n`)
  } else {
    const rows = entries.map(({ name, profile }) => [
      name === current ? '*' : '',
      name,
      ...(profile === undefined ? ['broken', '', '', '', ''] : cells(profile)),
    ])
    if (rows.length > 0 || !context.out.isTerminal) await writeFacts(context.out, HEADER, rows)
  }
  for (const { problem } of entries) {
    if (problem !== undefined) await context.messages.failure(problem)
  }
  if (entries.length === 0) {
    await context.messages.note('There are no profiles. Create one: clt auth login')
  }
  return entries.some(({ problem }) => problem !== undefined) ? EXIT.usage : EXIT.ok
}

/** A profile without anything that may be a secret in the wrong place. */
function shown({ state, ...profile }: Profile): Profile {
  return state === undefined ? profile : { ...profile, state: shownState(state) }
}

const HEADER = ['current', 'profile', 'gateway', 'team', 'bot', 'version', 'token']

function cells({ region, baseUrl, teamId, botId, version = 'DRAFT', token }: Profile): string[] {
  return [region ?? baseUrl ?? '', teamId, botId, version, token]
}
