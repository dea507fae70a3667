import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { UsageError } from '../../../failures.ts'
import { openConnections } from '../../../profiles/open-profiles.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const connections = openConnections(context)
  const saved = await connections.names()
  const names = options.names.map((name) => name.trim().toLowerCase())
  const missing = names.find((name) => !saved.includes(name))
  if (missing !== undefined) {
    throw new UsageError(
      `there is no saved connection "${missing}"`,
      saved.length === 0 ? undefined : `Pass one of: ${saved.join(', ')}.`,
    )
  }
  for (const name of names) {
    await connections.remove(name)
    await context.messages.note(`removed the connection "${name}" and its secret`)
  }
  return EXIT.ok
}
