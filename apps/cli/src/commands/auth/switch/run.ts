import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { UsageError } from '../../../failures.ts'
import { openProfiles } from '../../../profiles/open-profiles.ts'
import { profileName } from '../../../profiles/profile.ts'
import type { Profiles } from '../../../profiles/profiles.ts'
import { askChoice, canAsk } from '../../../prompts.ts'
import type { Options } from './definition.ts'

export async function run({ name: written }: Options, context: Context): Promise<ExitCode> {
  const profiles = openProfiles(context)
  const name = written === undefined ? await askProfile(context, profiles) : profileName(written)
  await profiles.read(name)
  await profiles.makeCurrent(name)
  await context.messages.note(`"${name}" is now the current profile`)
  const variable = context.io.env.CHATLAYER_PROFILE?.trim()
  if (variable)
    await context.messages.note(`CHATLAYER_PROFILE=${variable} overrides it in this shell`)
  return EXIT.ok
}

async function askProfile(context: Context, profiles: Profiles): Promise<string> {
  const names = await profiles.names()
  if (names.length === 0) {
    throw new UsageError('there are no profiles', 'Create one: clt auth login')
  }
  if (!canAsk(context)) {
    throw new UsageError('no profile is specified', `Pass one of: ${names.join(', ')}.`)
  }
  const current = await profiles.current().catch(() => undefined)
  const options = names.map((value) => ({ value, label: value }))
  return askChoice(context, 'Profile to use', options, current)
}
