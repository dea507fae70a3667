/** Checks the database that machines share: that it responds, and that it can be used. */
import type { Context } from '../../context.ts'
import { EXIT } from '../../exit-codes.ts'
import { plural } from '../../output/progress.ts'
import { clockText, nextStep } from '../state/status/status-rows.ts'
import { type Check, failed, failedBy, ok } from './check.ts'

const NAME = 'state'

/** @returns undefined where changes, jobs and locks are kept on this machine */
export async function checkSharedState({ state }: Context): Promise<Check | undefined> {
  try {
    await using database = await state.database({ waitMs: 0 })
    if (database === undefined) return undefined
    const { readStatus } = await import('@chatlayer-tables/state/postgres')
    const status = await readStatus(database)
    const { place, server, schema, clockAheadMs, contents } = status
    const step = nextStep(status)
    if (step !== undefined) {
      const found = `${place} is not ready for the role ${schema.role}`
      return failed(NAME, found, `To ${step}`, EXIT.storage)
    }
    const sessions = plural(contents?.sessions.length ?? 0, 'session')
    const facts = [
      `PostgreSQL ${server}`,
      `role ${schema.role}`,
      sessions,
      `clock ${clockText(clockAheadMs)}`,
    ]
    return ok(NAME, `${place}: ${facts.join(', ')}`)
  } catch (error) {
    return failedBy(NAME, error)
  }
}
