import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { formatCount } from '../../../output/progress.ts'
import { openStateDatabase } from '../open-database.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  await using database = await openStateDatabase(options, context)
  const { pruneState } = await import('@chatlayer-tables/state/postgres')
  const journal = await context.journal.open()
  const { changeSets, bytes } = await journal.prune({})
  const others = await pruneState(database)
  const { out, messages, json } = context
  if (json) await out.write(`${JSON.stringify({ changeSets, bytes, ...others })}\n`)
  const counts = {
    'change sets': changeSets,
    'ended sessions': others.sessions,
    notes: others.notes,
  }
  const removed = Object.entries(counts).map(([what, count]) => `${formatCount(count)} ${what}`)
  await messages.note(`removed ${removed.join(', ')} from ${database.place}`)
  return EXIT.ok
}
