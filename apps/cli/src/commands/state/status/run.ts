import type { StateStatus } from '@chatlayer-tables/state/postgres'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { writeFacts } from '../../../output/facts.ts'
import { chooseProject } from '../open-database.ts'
import type { Options } from './definition.ts'
import { localRows, nextStep, statusRows } from './status-rows.ts'

/** @returns 8 if the database cannot be used yet */
export async function run(options: Options, context: Context): Promise<ExitCode> {
  await chooseProject(options, context)
  const { out, json, state } = context
  const by = (await state.setting())?.by ?? 'default'
  await using database = await state.database({ waitMs: 0 })
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
  const step = nextStep(status)
  if (step === undefined) return EXIT.ok
  await context.messages.say(step)
  return EXIT.storage
}

const HEADER = ['what', 'is']

function factsOf({ contents, schema, ...status }: StateStatus): Record<string, unknown> {
  const { denied = [], sessions = [], sizes = [], oldestOpen = null, pace = [] } = contents ?? {}
  const owner = schema.owner ?? null
  return { ...status, schema: { ...schema, owner }, denied, sessions, sizes, oldestOpen, pace }
}
