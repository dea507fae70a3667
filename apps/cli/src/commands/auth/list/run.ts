/** `auth list`, `auth switch` and `auth logout`: the profiles that are saved. */
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { UsageError } from '../../../failures.ts'
import type { OptionsOf } from '../../../invocation.ts'
import { writeFacts } from '../../../output/facts.ts'
import { openProfiles } from '../../../profiles/open-profiles.ts'
import { gatewayOf, type Profile, profileName } from '../../../profiles/profile.ts'
import type { Profiles } from '../../../profiles/profiles.ts'
import { askChoice, canAsk } from '../../../prompts.ts'

export async function listProfiles(_: OptionsOf<'auth list'>, context: Context): Promise<ExitCode> {
  const profiles = openProfiles(context)
  const current = await profiles.current().catch(() => undefined)
  const entries = await Promise.all((await profiles.names()).map((name) => entry(profiles, name)))
  if (context.json) {
    const told = entries.map(({ name, profile, problem }) => ({
      name,
      current: name === current,
      ...(profile === undefined ? {} : { gateway: gatewayOf(profile)?.origin, ...profile }),
      ...(problem === undefined ? {} : { problem: problem.message }),
    }))
    await context.out.write(`${JSON.stringify(told)}\n`)
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
    await context.messages.note('There are no profiles. Make one: clt auth login')
  }
  return entries.some(({ problem }) => problem !== undefined) ? EXIT.usage : EXIT.ok
}

const HEADER = ['current', 'profile', 'gateway', 'team', 'bot', 'version', 'token']

interface Entry {
  readonly name: string
  readonly profile?: Profile
  readonly problem?: UsageError
}

async function entry(profiles: Profiles, name: string): Promise<Entry> {
  try {
    return { name, profile: await profiles.read(name) }
  } catch (problem) {
    if (problem instanceof UsageError) return { name, problem }
    throw problem
  }
}

function cells({ region, baseUrl, teamId, botId, version = 'DRAFT', token }: Profile): string[] {
  return [region ?? baseUrl ?? '', teamId, botId, version, token]
}

export async function switchProfile(
  { name: written }: OptionsOf<'auth switch'>,
  context: Context,
): Promise<ExitCode> {
  const profiles = openProfiles(context)
  const name = written === undefined ? await askProfile(context, profiles) : profileName(written)
  await profiles.read(name)
  await profiles.makeCurrent(name)
  await context.messages.note(`"${name}" is now the current profile`)
  const variable = context.io.env.CHATLAYER_PROFILE?.trim()
  if (variable)
    await context.messages.note(`CHATLAYER_PROFILE says ${variable}, and goes before it`)
  return EXIT.ok
}

async function askProfile(context: Context, profiles: Profiles): Promise<string> {
  const names = await profiles.names()
  if (names.length === 0) {
    throw new UsageError('there are no profiles', 'Make one: clt auth login')
  }
  if (!canAsk(context)) {
    throw new UsageError('no profile is named', `There is ${names.join(', ')}.`)
  }
  const current = await profiles.current().catch(() => undefined)
  const options = names.map((value) => ({ value, label: value }))
  return askChoice(context, 'Profile to work with', options, current)
}

export async function logout(
  options: OptionsOf<'auth logout'>,
  context: Context,
): Promise<ExitCode> {
  const profiles = openProfiles(context)
  const names = options.all
    ? await profiles.names()
    : [await oneToForget(options, context, profiles)]
  for (const name of names) {
    const { profile } = await entry(profiles, name)
    await profiles.remove(name, profile)
    await context.messages.note(`forgot the profile "${name}" and its token`)
  }
  if (names.length === 0) await context.messages.note('There are no profiles.')
  await context.messages.note(
    'The token itself stays valid: revoke it in the web app, under Settings > Access tokens.',
  )
  return EXIT.ok
}

async function oneToForget(
  { name: written, profile }: OptionsOf<'auth logout'>,
  { io }: Context,
  profiles: Profiles,
): Promise<string> {
  const said = written ?? profile ?? (io.env.CHATLAYER_PROFILE?.trim() || undefined)
  const name = said === undefined ? await profiles.current() : profileName(said)
  const names = await profiles.names()
  if (name === undefined) {
    throw new UsageError(
      'no profile is named, and none is the current one',
      names.length === 0 ? undefined : `There is ${names.join(', ')}. Every one of them: --all`,
    )
  }
  if (names.includes(name)) return name
  throw new UsageError(
    `there is no profile "${name}"`,
    names.length === 0 ? undefined : `There is ${names.join(', ')}.`,
  )
}
