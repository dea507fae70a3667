import { tryAddress } from '../../../connections/try-address.ts'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { profileName } from '../../../profiles/profile.ts'
import { resolveAddress } from '../../../side-inputs.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const name = profileName(options.name, 'connection')
  await tryAddress(context, await resolveAddress(context, `connection:${name}`))
  await context.messages.note(`the connection "${name}" works`)
  return EXIT.ok
}
