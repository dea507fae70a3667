import type { StateStatus } from '@chatlayer-tables/state/postgres'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { writeFacts } from '../../../output/facts.ts'
import { chooseProject } from '../open-database.ts'
import type { Options } from './definition.ts'
import { localRows, statusRows } from './status-rows.ts'

/** @returns 8 if the database has to be migrated first */
export async function run(options: Options, context: Context): Promise<ExitCode> {
  await chooseProject(options, context)
  const { out, json, state } = context
  const by = (await state.setting())?.by ?? 'default'
  await using database = await state.database()
  if (database === undefined) {
    const { folder: place } = state
    if (json) await out.write(`${JSON.stringify({ place, by, isShared: false })}\n`)
    else await writeFacts(out, HEADER, localRows(place, by))
    return EXIT.ok
  }
  const { readStatus } = await import('@chatlayer-tables/state/postgres')
  const status = await readStatus(database)
  if (json) await out.write(`${JSON.stringify({ by, isShared: true, ...factsOf(status) })}\n`)
  else await writeFacts(out, HEADER, statusRows(status, by))
  if (status.schema.status === 'current') return EXIT.ok
  await context.messages.note('create the tables, or bring them up to date: clt state migrate')
  return EXIT.storage
}

const HEADER = ['what', 'is']

function factsOf({ contents, schema, ...status }: StateStatus): Record<string, unknown> {
  const { sessions = [], sizes = [], oldestOpen = null, pace = [] } = contents ?? {}
  const owner = schema.owner ?? null
  return { ...status, schema: { ...schema, owner }, sessions, sizes, oldestOpen, pace }
}
