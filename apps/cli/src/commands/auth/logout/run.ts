import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { UsageError } from '../../../failures.ts'
import { openProfiles } from '../../../profiles/open-profiles.ts'
import { profileName } from '../../../profiles/profile.ts'
import type { Profiles } from '../../../profiles/profiles.ts'
import { readEntry } from '../profile-entry.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const profiles = openProfiles(context)
  const names = options.all
    ? await profiles.names()
    : [await profileToRemove(options, context, profiles)]
  for (const name of names) {
    const { profile } = await readEntry(profiles, name)
    await profiles.remove(name, profile)
    await context.messages.note(`removed the profile "${name}" and its token`)
  }
  if (names.length === 0) await context.messages.note('There are no profiles.')
  await context.messages.note(
    'The token stays valid until you revoke it in the web app: Settings > Access tokens.',
  )
  return EXIT.ok
}

async function profileToRemove(
  { name: written, profile }: Options,
  { io }: Context,
  profiles: Profiles,
): Promise<string> {
  const requested = written ?? profile ?? (io.env.CHATLAYER_PROFILE?.trim() || undefined)
  const name = requested === undefined ? await profiles.current() : profileName(requested)
  const names = await profiles.names()
  if (name === undefined) {
    throw new UsageError(
      'no profile is specified, and there is no current profile',
      names.length === 0 ? undefined : `Pass one of: ${names.join(', ')}. For all, pass --all.`,
    )
  }
  if (names.includes(name)) return name
  throw new UsageError(
    `there is no profile "${name}"`,
    names.length === 0 ? undefined : `Pass one of: ${names.join(', ')}.`,
  )
}
