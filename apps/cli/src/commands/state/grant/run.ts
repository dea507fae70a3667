import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { openStateDatabase } from '../open-database.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const { role, print } = options
  const { grantsTo, grantTo } = await import('@chatlayer-tables/state/postgres')
  const statements = grantsTo(role)
  const { out, messages, json } = context
  if (json) await out.write(`${JSON.stringify({ role, statements })}\n`)
  else if (print) await out.write(statements.map((text) => `${text};\n`).join(''))
  if (print) return EXIT.ok
  await using database = await openStateDatabase(options, context)
  await grantTo(database, role)
  await messages.note(`the role "${role}" can use the state in ${database.place}`)
  return EXIT.ok
}
