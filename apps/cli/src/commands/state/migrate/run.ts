import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { openStateDatabase } from '../open-database.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  await using database = await openStateDatabase(options, context)
  const { migrateAll } = await import('@chatlayer-tables/state/postgres')
  const steps = await migrateAll(database)
  const { out, messages, json } = context
  if (json) await out.write(`${JSON.stringify({ place: database.place, steps })}\n`)
  await messages.note(
    steps.length === 0
      ? `${database.place} is up to date`
      : `migrated ${database.place}: ${steps.join(', ')}`,
  )
  return EXIT.ok
}
